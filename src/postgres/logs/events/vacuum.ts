import type { EventClass } from './eventClass.ts';

/** Vacuum, analyze, and the age of transaction identifiers. */
export const vacuum: readonly EventClass[] = [
  { name: 'autovacuum', begins: ['automatic vacuum of table ', 'automatic aggressive vacuum '] },
  { name: 'autoanalyze', begins: ['automatic analyze of table '] },
  { name: 'autovacuum_canceled', begins: ['canceling autovacuum task'] },
  {
    name: 'vacuum_skipped',
    begins: ['skipping vacuum of ', 'skipping analyze of ', 'skipping analyze '],
  },
  { name: 'autovacuum_launcher', begins: ['autovacuum launcher '] },
  {
    name: 'wraparound_near',
    begins: ['database '],
    pattern: /^database (?:".*"|with OID \d+) must be vacuumed within /,
  },
  {
    name: 'wraparound_stop',
    begins: ['database is not accepting commands ', 'database is not shut down cleanly'],
    pattern: /^database is not accepting commands/,
  },
  {
    name: 'oldest_xmin',
    begins: [
      'oldest xmin is far in the past',
      'cutoff for removing and freezing tuples is far in the past',
      'oldest multixact is far in the past',
    ],
  },
];
