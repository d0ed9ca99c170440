import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskLog } from '../../../src/recording/mask/maskLog.ts';

const prefix = '2026-01-02 03:04:05.678 UTC [42] ann@app,psql ';

describe('maskLog', () => {
  it('takes the values out of messages and statements, and leaves their form', () => {
    const text = [
      `${prefix}ERROR:  duplicate key value violates unique constraint "users_pkey"`,
      `${prefix}DETAIL:  Key (email)=(ann@example.org) already exists.`,
      `${prefix}STATEMENT:  insert into users values ('ann@example.org', 4711)`,
      '',
    ].join('\n');
    expect(maskLog(text)).toBe(
      [
        `${prefix}ERROR:  duplicate key value violates unique constraint "users_pkey"`,
        `${prefix}DETAIL:  ?`,
        `${prefix}STATEMENT:  insert into users values (?, ?)`,
        '',
      ].join('\n'),
    );
  });

  it('redacts a statement of several lines as one, and keeps their number', () => {
    const text = `${prefix}STATEMENT:  select 'secret\n\tsecond secret\n\tthird' , 1\n${prefix}LOG:  next\n`;
    const masked = maskLog(text);
    expect(masked).toBe(`${prefix}STATEMENT:  select ? , ?\n\t\n\t\n${prefix}LOG:  next\n`);
  });

  it('hides lines that continue what another chunk began', () => {
    expect(maskLog(`\tsecret' from t\n${prefix}LOG:  next\n`)).toBe(`\t?\n${prefix}LOG:  next\n`);
  });

  it('masks the texts of jsonlog and keeps the rest', () => {
    const entry = { pid: 42, message: 'value "secret"', statement: "select 'secret'", user: 'ann' };
    expect(JSON.parse(maskLog(`${JSON.stringify(entry)}\n`))).toEqual({
      pid: 42,
      message: 'value "?"',
      statement: 'select ?',
      user: 'ann',
    });
  });

  it('hides lines whose words are unknown, and csvlog', () => {
    expect(maskLog(`GRUND:  select 'secret', 4711\n\tsecret\n`)).toBe('?\n\t\n');
    expect(maskLog(`2026-01-02 03:04:05.678 UTC,"ann"\n${prefix}LOG:  a\n`, '.csv')).toBe('?\n?\n');
  });

  it('keeps the number of lines of any text', () => {
    const line = fc.oneof(
      fc.string().map((text) => text.replace(/\n/g, ' ')),
      fc.string().map((text) => `${prefix}STATEMENT:  ${text.replace(/\n/g, ' ')}`),
      fc.string().map((text) => `\t${text.replace(/\n/g, ' ')}`),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const text = lines.map((each) => `${each}\n`).join('');
        const masked = maskLog(text);
        expect(masked.split('\n')).toHaveLength(text.split('\n').length);
      }),
    );
  });
});
