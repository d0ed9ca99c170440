import type { EventClass } from './eventClass.ts';

/** Statements that took long, and what cancelled them. */
export const statements: readonly EventClass[] = [
  // These three are told apart by eventOf.
  { name: 'plan' },
  { name: 'slow_statement' },
  { name: 'statement_duration' },
  {
    name: 'statement',
    begins: ['statement: ', 'execute '],
    pattern: /^(?:statement: |execute [^:]{1,200}: )/,
  },
  { name: 'statement_timeout', begins: ['canceling statement due to statement timeout'] },
  {
    name: 'canceled_by_user',
    sqlstates: ['57014'],
    begins: ['canceling statement due to user request'],
  },
  { name: 'lock_timeout', begins: ['canceling statement due to lock timeout'] },
  {
    name: 'recovery_conflict',
    begins: [
      'canceling statement due to conflict with recovery',
      'terminating connection due to conflict with recovery',
      'recovery still waiting after ',
      'recovery finished waiting after ',
    ],
  },
];
