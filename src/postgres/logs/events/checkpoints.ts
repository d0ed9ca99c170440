import type { EventClass } from './eventClass.ts';

/** Checkpoints, and restartpoints of standbys. */
export const checkpoints: readonly EventClass[] = [
  { name: 'checkpoint_starting', begins: ['checkpoint starting: '] },
  { name: 'checkpoint_complete', begins: ['checkpoint complete: '] },
  { name: 'restartpoint_starting', begins: ['restartpoint starting: '] },
  { name: 'restartpoint_complete', begins: ['restartpoint complete: '] },
  { name: 'recovery_restart_point', begins: ['recovery restart point at '] },
  { name: 'checkpoints_too_frequent', begins: ['checkpoints are occurring too frequently'] },
];
