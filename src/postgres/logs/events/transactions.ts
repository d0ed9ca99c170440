import type { EventClass } from './eventClass.ts';

/** Commands at the wrong time of a transaction. */
export const transactions: readonly EventClass[] = [
  { name: 'transaction_aborted', sqlstates: ['25P02'], begins: ['current transaction is aborted'] },
  { name: 'no_transaction', sqlstates: ['25P01'], begins: ['there is no transaction in progress'] },
  {
    name: 'transaction_active',
    sqlstates: ['25001'],
    begins: ['there is already a transaction in progress'],
  },
  {
    name: 'read_only_transaction',
    sqlstates: ['25006'],
    begins: ['cannot execute '],
    pattern: /in a read-only transaction|during recovery/,
  },
  {
    name: 'undefined_savepoint',
    sqlstates: ['3B001'],
    begins: ['savepoint '],
    pattern: /does not exist/,
  },
  { name: 'invalid_transaction_state', sqlstates: ['25000', '2D000'] },
];
