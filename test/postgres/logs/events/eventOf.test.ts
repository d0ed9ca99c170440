import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventClasses } from '../../../../src/postgres/logs/events/eventClasses.ts';
import { eventOf } from '../../../../src/postgres/logs/events/eventOf.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';
import { scanLine } from '../prefix/scanLine.ts';
import { processorMs } from '../../../support/processorMs.ts';

/** Written by real servers: generate.ts. */
const samples = readFileSync(new URL('samples.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { event: string; major: number; line: string });

const read = (line: string) => {
  const found = scanLine(compilePrefix('%m [%p] %e '), line);
  const level = found?.severity.meaning?.level;
  if (!found || !level) throw new Error(line);
  return { level, message: found.text, sqlstate: found.fields.e };
};

describe('eventOf', () => {
  it.each(samples)('knows $event as PostgreSQL $major writes it', ({ event, line }) => {
    const { level, message, sqlstate } = read(line);
    expect(eventOf(level, Buffer.from(message), sqlstate)).toBe(event);
  });

  it('has a sample of each class, and no class twice', () => {
    const names = eventClasses.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const sampled = new Set(samples.map(({ event }) => event));
    expect(sampled.size).toBe(samples.length);
    // A line of no message: test/sources/pg_log/rest.server.test.ts has servers write such.
    expect(names.filter((name) => name !== 'server_output').sort()).toEqual([...sampled].sort());
  });

  it('knows an error by its SQLSTATE alone, in any language', () => {
    expect(eventOf('ERROR', Buffer.from('doppelter Schlüsselwert'), '23505')).toBe(
      'unique_violation',
    );
    expect(eventOf('FATAL', Buffer.from('パスワード認証に失敗'), '28P01')).toBe('password_failed');
    expect(eventOf('ERROR', Buffer.from('doppelter Schlüsselwert'), undefined)).toBeUndefined();
  });

  it('says more by the text than by the SQLSTATE', () => {
    const canceled = 'canceling statement due to statement timeout';
    expect(eventOf('ERROR', Buffer.from(canceled), '57014')).toBe('statement_timeout');
    expect(eventOf('ERROR', Buffer.from('annulé'), '57014')).toBe('canceled_by_user');
  });

  it('gives each SQLSTATE to one class', () => {
    const all = eventClasses.flatMap(({ sqlstates = [] }) => sqlstates);
    expect(new Set(all).size).toBe(all.length);
  });

  it('knows nothing of other texts, however long, in little time', () => {
    expect(eventOf('LOG', Buffer.from(''), undefined)).toBeUndefined();
    expect(eventOf('LOG', Buffer.from('durations: 5'), '00000')).toBeUndefined();
    expect(eventOf('LOG', Buffer.from('duration: of a film'), '00000')).toBeUndefined();
    const noise = Buffer.from('" '.repeat(500_000));
    let spent = 0;
    for (const text of eventClasses.flatMap(({ begins = [] }) => begins)) {
      const message = Buffer.concat([Buffer.from(text), noise]);
      spent += processorMs(() => eventOf('LOG', message, undefined));
    }
    expect(spent).toBeLessThan(10_000);
  });
});
