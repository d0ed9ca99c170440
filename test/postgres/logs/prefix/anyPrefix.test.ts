import { describe, expect, it } from 'vitest';
import { announcedPrefix, anyPrefix } from '../../../../src/postgres/logs/prefix/anyPrefix.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';

describe('a prefix that changes', () => {
  it('reads lines that were written with it and with those before', () => {
    const { prefix, add } = anyPrefix(compilePrefix('%p '));
    const database = (line: string): string | undefined =>
      prefix.decodable ? prefix.match(Buffer.from(line), 0, line.length)?.value('d') : undefined;
    const line = '<app> LOG:  x';
    expect(database(line)).toBeUndefined();
    add(compilePrefix('<%d> '));
    expect(database(line)).toBe('app');
    expect(prefix.decodable && prefix.match(Buffer.from('7 LOG:  x'), 0, 9)?.value('p')).toBe('7');
    add(compilePrefix('%u%d'));
    expect(database(line)).toBe('app');
  });

  it.each([
    ['7 LOG:  parameter "log_line_prefix" changed to "%m "\n', '%m '],
    [
      '7 LOG:  Parameter »log_line_prefix« x "log_line_prefix" auf "a"b" gesetzt\nnext "x"\n',
      'a"b',
    ],
    ['7 LOG:  parameter "log_line_prefix" removed from configuration file\n', undefined],
    ['7 LOG:  nothing\n', undefined],
  ])('is announced by the server: %j', (text, prefix) => {
    expect(announcedPrefix(Buffer.from(text, 'latin1'))).toBe(prefix);
  });
});
