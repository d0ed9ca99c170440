import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/logs.ts';
import { linesOfNoMessage } from '../../../src/sources/pg_log/linesOfNoMessage.ts';

const log = { major: 18, encoding: 'UTF8' };
const chunkOf = (text: string, offset = 0): LogChunk => ({
  ...{ file: 'a.log', fileId: 'f', offset, end: offset + text.length, bytes: Buffer.from(text) },
  ...{ cut: false, modifiedMs: 7, print: '' },
});
const left = (prefix: string, ...texts: readonly string[]) => {
  const lines = linesOfNoMessage(log, { prefix });
  return texts.map((text) => lines(chunkOf(text)).bytes.toString()).join('');
};
const message = '2026-11-23 07:46:58.363 UTC [7] LOG:  a\n\tb\n';

describe('the lines of no message', () => {
  it('are those without the prefix and a severity, with what goes on behind them', () => {
    const text = `${message}cp: cannot stat\n\tx\n${message}ERROR:  of psql\n`;
    expect(left('%m [%p] ', text)).toBe('cp: cannot stat\n\tx\nERROR:  of psql\n');
  });

  it('are known by where they stand in the file, also where the text was masked', () => {
    const raw = 'cp: cannot stat\n';
    const lines = linesOfNoMessage(log, { prefix: '%m [%p] ' });
    const chunk = chunkOf(message + raw + message + raw, 100);
    const second = 100 + 2 * message.length + raw.length;
    expect(lines(chunk)).toMatchObject({
      starts: [100 + message.length, second],
      ...{ offset: 100, end: chunk.end },
    });
    const starts = [0, 5, 9, 20, 25, 29];
    expect(lines({ ...chunk, starts }).starts).toEqual([9, 29]);
  });

  it('do not begin within a message whose beginning was in a chunk before, or before all', () => {
    expect(left('%m [%p] ', '\tthe end of one\nraw\n', message, '\tc\n')).toBe('raw\n');
  });

  it('are those without a severity where the prefix cannot be decoded', () => {
    expect(left('%u%d ', 'meshop LOG:  a\n\tb\nraw\n')).toBe('raw\n');
  });

  it('are found with the prefix that the server changes to, and with the one before', () => {
    const change = `2026-11-23 07:46:58.363 UTC [7] LOG:  parameter "log_line_prefix" changed to "<%p> "\n`;
    expect(left('%m [%p] ', `${change}<7> LOG:  c\nraw\n`, `${message}<8> LOG:  d\n`)).toBe(
      'raw\n',
    );
  });

  it('and the messages are all lines, wherever the chunks end', () => {
    const line = fc.constantFrom(
      ...['2026-11-23 07:46:58.363 UTC [7] LOG:  a\n', '\tb\n', 'raw\n', '\n', 'LOG:  raw\n'],
    );
    fc.assert(
      fc.property(fc.array(fc.array(line)), (chunks) => {
        const whole = left('%m [%p] ', chunks.flat().join(''));
        expect(left('%m [%p] ', ...chunks.map((lines) => lines.join('')))).toBe(whole);
        const kept = chunks.flat().filter((one) => !one.startsWith('2026') && one !== '\tb\n');
        expect(whole.replaceAll('\tb\n', '')).toBe(kept.join(''));
      }),
    );
  });
});
