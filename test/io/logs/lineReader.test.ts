import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printOf } from '../../../src/io/logs/fingerprint.ts';
import { type LineReader, lineReader } from '../../../src/io/logs/lineReader.ts';

/** A file that grows, of which each read gives at most so many bytes. */
function growing(mostBytes: number) {
  let content = Buffer.alloc(0);
  return {
    append: (text: string) => (content = Buffer.concat([content, Buffer.from(text)])),
    content: () => content,
    readv: (buffers: readonly Uint8Array[], position: number) => {
      let bytesRead = 0;
      for (const buffer of buffers) {
        const from = position + bytesRead;
        const room = Math.min(buffer.length, Math.max(0, mostBytes - bytesRead));
        const part = content.subarray(from, from + room);
        buffer.set(part);
        bytesRead += part.length;
        if (part.length < buffer.length) break;
      }
      return Promise.resolve({ bytesRead });
    },
  };
}

/** All lines up to the end, taken out of the buffer as they come; each as long as it was cut. */
async function readAll(reader: LineReader, file: Buffer): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const lines = await reader.next();
    if (lines === undefined) return found;
    if (lines === 'rewritten') throw new Error('nothing was rewritten');
    const { offset, end, bytes, cut, print } = lines;
    if (!cut) expect(bytes.equals(file.subarray(offset, end))).toBe(true);
    expect(print).toBe(printOf(file.subarray(Math.max(0, end - 64), end)));
    expect(reader.handed()).toBe(end);
    found.push(...bytes.toString('latin1').split('\n').slice(0, -1));
  }
}

it('hands out each whole line once, whatever the lengths of lines, reads and buffer', async () => {
  const line = fc
    .integer({ min: 0, max: 90 })
    .map((length) => 'abcdefg'.repeat(13).slice(0, length));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 70, max: 400 }),
      fc.integer({ min: 4, max: 200 }),
      async (parts, mostBytes, maxLineBytes) => {
        const file = growing(mostBytes);
        const reader = lineReader(file, { offset: 0, maxLineBytes });
        const found: string[] = [];
        for (const part of parts) {
          // The last line of each part comes in two pieces.
          const text = part.map((one) => `${one}\n`).join('');
          const half = Math.max(0, text.length - 3);
          file.append(text.slice(0, half));
          found.push(...(await readAll(reader, file.content())));
          file.append(text.slice(half));
          found.push(...(await readAll(reader, file.content())));
        }
        const whole = parts.flat();
        expect(found.map((one) => one.slice(0, maxLineBytes))).toEqual(
          whole.map((one) => one.slice(0, maxLineBytes)),
        );
        expect(reader.position()).toBe(file.content().length);
        file.append('rest');
        await readAll(reader, file.content());
        const rest = reader.rest();
        if (maxLineBytes > 4) expect(rest?.bytes.toString()).toBe('rest\n');
        expect(reader.rest()).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});
