import type { EventClass } from './eventClass.ts';

/** Rows that a rule of the schema forbids. */
export const constraints: readonly EventClass[] = [
  {
    name: 'unique_violation',
    sqlstates: ['23505'],
    begins: ['duplicate key value violates unique constraint '],
  },
  {
    name: 'foreign_key_violation',
    sqlstates: ['23503'],
    begins: ['insert or update on table ', 'update or delete on table '],
    pattern: /violates (?:RESTRICT setting of )?foreign key constraint/,
  },
  { name: 'not_null_violation', sqlstates: ['23502'], begins: ['null value in column '] },
  {
    name: 'check_violation',
    sqlstates: ['23514'],
    begins: ['new row for relation ', 'no partition of relation '],
  },
  {
    name: 'exclusion_violation',
    sqlstates: ['23P01'],
    begins: ['conflicting key value violates exclusion constraint '],
  },
  {
    name: 'view_check_violation',
    sqlstates: ['44000'],
    begins: ['new row violates check option for view '],
  },
  { name: 'row_security_violation', begins: ['new row violates row-level security policy '] },
];
