import type { EventClass } from './eventClass.ts';

/** Temporary files, disks, archives and damage. */
export const files: readonly EventClass[] = [
  { name: 'temporary_file', begins: ['temporary file: '] },
  {
    name: 'archive_failed',
    begins: [
      'archive command failed ',
      'archive command was terminated ',
      'archiving write-ahead log file ',
    ],
  },
  { name: 'restore_failed', begins: ['restore command failed ', 'could not restore file '] },
  { name: 'wal_restored', begins: ['restored log file '] },
  {
    name: 'disk_full',
    sqlstates: ['53100'],
    begins: ['could not extend file ', 'could not write to file '],
    pattern: /No space left on device/,
  },
  {
    name: 'out_of_memory',
    sqlstates: ['53200'],
    begins: ['out of memory', 'out of shared memory'],
  },
  {
    name: 'limit_exceeded',
    sqlstates: ['53400', '54000'],
    begins: ['temporary file size exceeds '],
  },
  { name: 'too_many_open_files', sqlstates: ['53000'], begins: ['out of file descriptors'] },
  { name: 'invalid_page', begins: ['invalid page in block '] },
  { name: 'checksum_failed', begins: ['page verification failed', 'checksum verification failed'] },
  {
    name: 'data_corrupted',
    sqlstates: ['XX001'],
    begins: ['could not read block ', 'missing chunk number ', 'unexpected chunk number '],
  },
  {
    name: 'index_corrupted',
    sqlstates: ['XX002'],
    begins: ['index '],
    pattern: /contains (?:unexpected|corrupted)/,
  },
  {
    name: 'file_missing',
    sqlstates: ['58P01'],
    begins: [
      'could not open file ',
      'could not stat file ',
      'could not access file ',
      'could not access directory ',
      'could not open directory ',
    ],
  },
  {
    name: 'io_error',
    sqlstates: ['58030'],
    begins: ['could not fsync file ', 'could not read file '],
  },
  { name: 'internal_error', sqlstates: ['XX000'], begins: ['cache lookup failed for '] },
  {
    name: 'collation_changed',
    begins: ['database ', 'collation '],
    pattern:
      /^(?:database|collation) ".*" has (?:a collation version mismatch|version mismatch|no actual collation version)/,
  },
];
