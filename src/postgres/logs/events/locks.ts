import type { EventClass } from './eventClass.ts';

/** Who waits for whom. */
export const locks: readonly EventClass[] = [
  { name: 'lock_wait', begins: ['process '], pattern: /^process \d+ still waiting for / },
  { name: 'lock_acquired', begins: ['process '], pattern: /^process \d+ acquired / },
  { name: 'deadlock_avoided', begins: ['process '], pattern: /^process \d+ avoided deadlock / },
  {
    name: 'deadlock_waiting',
    begins: ['process '],
    pattern: /^process \d+ detected deadlock while waiting for /,
  },
  { name: 'deadlock', sqlstates: ['40P01'], begins: ['deadlock detected'] },
  {
    name: 'lock_not_available',
    sqlstates: ['55P03'],
    begins: ['could not obtain lock on ', 'process '],
    pattern: /^could not obtain lock on |^process \d+ could not obtain /,
  },
  { name: 'serialization_failure', sqlstates: ['40001'], begins: ['could not serialize access '] },
];
