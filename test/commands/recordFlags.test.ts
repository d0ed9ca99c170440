import { describe, expect, it } from 'vitest';
import { cli } from '../../src/cli.ts';
import { UsageError } from '../../src/errors.ts';

const parse = (line: string) => cli(line.split(' '), '1.2.3');

describe('--record', () => {
  it('goes with run, with a bound in bytes or greater units', () => {
    expect(parse('run --record a.ndjson')).toMatchObject({
      is: 'run',
      record: { file: 'a.ndjson', maxBytes: 64 * 1024 * 1024 },
    });
    expect(parse('run --record a.ndjson --max-bytes 16MB')).toMatchObject({
      record: { maxBytes: 16_000_000 },
    });
    expect(parse('run --record a.ndjson --tap')).toMatchObject({ is: 'run', tap: {}, record: {} });
  });

  it('without run attaches to the agent that runs, also for a time', () => {
    const record = { file: 'a.ndjson', maxBytes: 64 * 1024 * 1024 };
    expect(parse('--record a.ndjson')).toMatchObject({ is: 'record', record, forMs: null });
    expect(parse('--record a.ndjson --for 5m')).toMatchObject({ is: 'record', forMs: 300_000 });
  });

  it.each([
    '--record a --changed',
    '--once --record a',
    '--tap --record a',
    'run --max-bytes 16MB',
    'run --record a --for 5m',
    'run --record a --max-bytes 5',
    'run --record a --max-bytes many',
    'check --record a',
  ])('is refused in "%s"', (line) => {
    expect(() => parse(line)).toThrow(UsageError);
  });
});

describe('replay', () => {
  it('takes a file, a pace, and a tail or a dry run', () => {
    expect(parse('replay a.ndjson')).toEqual({
      is: 'replay',
      file: 'a.ndjson',
      speed: 1,
      tap: null,
      dryRun: false,
      deliver: null,
    });
    expect(parse('replay a.ndjson --deliver --config x.toml')).toMatchObject({ deliver: 'x.toml' });
    expect(parse('replay a.ndjson --speed 10x')).toMatchObject({ speed: 10 });
    expect(parse('replay a.ndjson --speed 0.5 --dry-run')).toMatchObject({
      speed: 0.5,
      dryRun: true,
    });
    expect(parse('replay a.ndjson --instant --tap')).toMatchObject({ speed: Infinity, tap: {} });
  });

  it.each([
    'replay',
    'replay a b',
    'replay a --speed 0',
    'replay a --speed fast',
    'replay a --speed 2 --instant',
    'replay a --once',
    'replay a --record b',
  ])('is refused as "%s"', (line) => {
    expect(() => parse(line)).toThrow(UsageError);
  });
});
