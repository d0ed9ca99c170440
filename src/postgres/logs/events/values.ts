import type { EventClass } from './eventClass.ts';

/** Values that cannot be read or do not fit. */
export const values: readonly EventClass[] = [
  { name: 'invalid_text', sqlstates: ['22P02'], begins: ['invalid input syntax for '] },
  {
    name: 'value_out_of_range',
    sqlstates: ['22003'],
    begins: [
      'integer out of range',
      'bigint out of range',
      'smallint out of range',
      'numeric field overflow',
    ],
  },
  { name: 'value_too_long', sqlstates: ['22001'], begins: ['value too long for type '] },
  { name: 'division_by_zero', sqlstates: ['22012'], begins: ['division by zero'] },
  {
    name: 'invalid_datetime',
    sqlstates: ['22007', '22008'],
    begins: ['invalid input syntax for type timestamp', 'date/time field value out of range'],
  },
  {
    name: 'invalid_encoding',
    sqlstates: ['22021', '22P05'],
    begins: ['invalid byte sequence for encoding ', 'character with byte sequence '],
  },
  {
    name: 'invalid_regular_expression',
    sqlstates: ['2201B'],
    begins: ['invalid regular expression'],
  },
  { name: 'invalid_escape', sqlstates: ['22025', '22P06', '22019'] },
  { name: 'array_error', sqlstates: ['2202E'] },
  { name: 'invalid_json', sqlstates: ['22030', '22032', '22033', '2203A'] },
  {
    name: 'bad_copy',
    sqlstates: ['22P04'],
    begins: ['missing data for column ', 'extra data after last expected column'],
  },
  {
    name: 'more_than_one_row',
    sqlstates: ['21000'],
    begins: [
      'more than one row returned by a subquery',
      'ON CONFLICT DO UPDATE command cannot affect row a second time',
    ],
  },
  {
    name: 'generated_always',
    sqlstates: ['428C9'],
    begins: ['cannot insert a non-DEFAULT value into column '],
  },
];
