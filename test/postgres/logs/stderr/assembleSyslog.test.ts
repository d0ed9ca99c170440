import { describe, expect, it } from 'vitest';
import { assembleSyslog } from '../../../../src/postgres/logs/stderr/assembleSyslog.ts';
import { logTimestamp } from '../../../../src/postgres/logs/logTimestamp.ts';
import { compilePrefix } from '../../../../src/postgres/logs/prefix/prefix.ts';

const all = () => 0;
const assemblyWith = (prefix: string) =>
  assembleSyslog({
    ident: 'postgres',
    prefix: compilePrefix(prefix),
    timestamp: logTimestamp('UTC'),
  });
const assembly = () => assemblyWith('%p %d ');
/** What comes of the text of a file, read in pieces of whole lines. */
const entriesOf = (lines: readonly string[], perPush = lines.length) => {
  const one = assembly();
  let offset = 7;
  for (let at = 0; at < lines.length; at += perPush) {
    const text = lines
      .slice(at, at + perPush)
      .map((line) => `${line}\n`)
      .join('');
    one.push({ fileId: 'f', bytes: Buffer.from(text), offset, cut: false }, all, 0);
    offset += text.length;
  }
  return one.flush().map((message) => ('head' in message ? message.entry : message));
};
const classic = (pid: number, text: string): string =>
  `Nov 23 10:15:00 db1 postgres[${pid}]: ${text}`;
const modern = (pid: number, text: string): string =>
  `2026-11-23T10:15:00.123456+01:00 db1 postgres[${pid}]: ${text}`;

describe('assembleSyslog', () => {
  it.each([
    ['the piece', ['[1] 7 app ERROR:  a', '[2] \tb', '[1] 7 app LOG:  c']],
    ['the message', ['[8] 7 app ERROR:  a#012#011b', '[9] 7 app LOG:  c']],
    ['nothing', ['7 app ERROR:  a#012#011b', '7 app LOG:  c']],
  ])('reads lines that have the number of %s', (_, lines) => {
    const entries = entriesOf(lines.map((line) => classic(7, line)));
    expect(entries).toMatchObject([
      { level: 'ERROR', message: 'a\nb' },
      { level: 'LOG', message: 'c' },
    ]);
  });

  it('takes a number in brackets for what it is: one of syslog, or the prefix', () => {
    const one = assemblyWith('[%p] ');
    const lines = ['[7] LOG:  a', '[1] [7] LOG:  b', '[5-1] [7] LOG:  c'];
    const text = lines.map((line) => `${classic(7, line)}\n`).join('');
    one.push({ fileId: 'f', bytes: Buffer.from(text), offset: 0, cut: false }, all, 0);
    expect(one.flush().map(({ entry }) => entry?.message)).toEqual(['a', 'b', 'c']);
  });

  it.each([1, 2, 100])(
    'joins the pieces of each process, %i lines at once, and leaves other programs out',
    (perPush) => {
      const lines = [
        classic(7, '[5-1] 7 app ERROR:  first#011line'),
        'Nov 23 10:15:00 db1 sshd[7]: ERROR:  not ours',
        modern(8, '[1-1] 8 app WARNING:  a long message that was'),
        classic(7, '[5-2] #011second line'),
        modern(8, '[1-2]  split at a blank'),
        classic(7, '[5-3] 7 app DETAIL:  why'),
        classic(7, '[6-1] 7 app LOG:  next'),
      ];
      expect(entriesOf(lines, perPush)).toMatchObject([
        {
          level: 'ERROR',
          message: 'first\tline\nsecond line',
          detail: 'why',
          position: { file_id: 'f', offset: 7 },
        },
        {
          level: 'WARNING',
          message: 'a long message that was split at a blank',
          position: { offset: 7 + `${lines[0]}\n${lines[1]}\n`.length },
        },
        { level: 'LOG', message: 'next' },
      ]);
    },
  );

  it('tells messages apart without numbers', () => {
    const lines = [
      classic(7, '7 app ERROR:  one'),
      classic(7, '#011more'),
      classic(7, '7 app STATEMENT:  select'),
      classic(7, '7 app ERROR:  two'),
    ];
    expect(entriesOf(lines)).toMatchObject([
      { message: 'one\nmore', statement: 'select' },
      { message: 'two' },
    ]);
  });

  it('reads messages that were not split, with their ends of lines as characters', () => {
    const lines = [classic(7, '[9-1] 7 app ERROR:  one#012#011two#0127 app HINT:  three')];
    expect(entriesOf(lines)).toMatchObject([{ message: 'one\ntwo', hint: 'three' }]);
  });

  it('waits for pieces for a second, and tells where the oldest message begins', () => {
    const one = assembly();
    expect(one.oldest()).toBeUndefined();
    const text = `${classic(7, '[5-1] 7 app ERROR:  a')}\n`;
    one.push({ fileId: 'f', bytes: Buffer.from(text), offset: 3, cut: false }, all, 0);
    expect(one.take(999)).toEqual([]);
    expect(one.oldest()).toEqual({ file_id: 'f', offset: 3 });
    one.take(1000);
    expect(one.take(2000)).toHaveLength(1);
    expect(one.oldest()).toBeUndefined();
  });
});
