import { describe, expect, it } from 'vitest';
import { cli } from '../../src/cli.ts';
import { knownRanking, unknownFields } from '../../src/commands/unknownFields.ts';
import { unknownServers } from '../../src/commands/unknownServers.ts';
import { unknownTypes } from '../../src/commands/unknownTypes.ts';
import { UsageError } from '../../src/errors.ts';
import { rankings } from '../../src/tap/rankings.ts';

const fieldsOf = (...argv: string[]): readonly string[] => {
  const command = cli(['--tap', ...argv], '1.2.3');
  if (command.is !== 'tap') throw new Error(command.is);
  return unknownFields(command.tap);
};

describe('a field that there is not', () => {
  it.each([
    ['cpu.usr', 'did you mean "cpu.user"?'],
    ['sizebytes', 'did you mean "size_bytes"?'],
    ['n_dead_tup', 'no metric has a field "n_dead_tup"'],
    ['dead_tuples', 'did you mean "tables.dead_tuples"?'],
    ['tables.0.dead_tupels', 'did you mean "tables.dead_tuples"?'],
    ['wholly_made_up_name', 'no metric has a field "wholly_made_up_name"'],
    ['endpiont', 'did you mean "endpoint"?'],
  ])('%s is said to be none', (field, said) => {
    expect(fieldsOf('--fields', field)).toEqual([expect.stringContaining(said)]);
    expect(fieldsOf('--where', `${field} > 1`)).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    'any(tables, dead_tuples > live_tuples and type == "pg_stats")',
    'count(queries) > 0 or tables.0.name == null',
    'at == "sent" and status >= 500 and endpoint ~ "*push*"',
    "any(tables, it != null and not (name ~ 'tmp_*'))",
    'any(xmin_horizon, -xmin_age < 0)',
  ])('is none of those in %s', (condition) => {
    expect(fieldsOf('--where', condition)).toEqual([]);
  });

  it('is found within lists, each once', () => {
    const said = fieldsOf('--where', 'any(tables, n_tup_inz > 1) and any(tables, n_tup_inz < 9)');
    expect(said).toEqual(['no metric has a field "n_tup_inz"; did you mean "tables.n_tup_ins"?']);
  });

  it('ends --top, with the nearest ranking or field', () => {
    expect(() => knownRanking('writs')).toThrow('did you mean "writes"?');
    expect(() => knownRanking('tables.seq_scn')).toThrow('did you mean "tables.seq_scan"?');
    expect(() => knownRanking('+')).toThrow(UsageError);
    expect(knownRanking('tables.seq_scan + tables.idx_scan').paths).toHaveLength(2);
  });
});

describe('rankings', () => {
  it.each(Object.keys(rankings))('%s is of fields that there are', (name) => {
    expect(() => knownRanking(name)).not.toThrow();
  });
});

describe('a pattern that fits nothing', () => {
  it('names the nearest type, and all', () => {
    expect(unknownTypes(['sysstats', 'pg_*', 'main/pg_stats'])).toEqual([
      expect.stringMatching(
        /^no type fits "sysstats"; did you mean "sysstat"\? Types: .*pg_health/,
      ),
    ]);
  });

  it('names the nearest server, and all', () => {
    const config = { postgres: [{ name: 'main' }, { name: 'replica' }] } as never;
    expect(unknownServers(['mian', 'rep*'], config)).toEqual([
      'no server fits "mian"; did you mean "main"? servers: main, replica',
    ]);
    expect(unknownServers(['x'], { postgres: [] })).toEqual([
      'no server fits "x"; none is configured',
    ]);
  });
});
