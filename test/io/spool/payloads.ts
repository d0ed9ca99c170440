import type { Header, Payload } from '../../../src/schema/payload.ts';

/** The lines of a log in one payload: `body` is their numbers, the mark is the number of the next one. */
export function payloadOf(id: string, lines: readonly number[], next: number): Payload {
  const body = Buffer.from(JSON.stringify(lines).padEnd(100 + lines.length * 20));
  const header: Header = {
    id,
    collectorId: 'c',
    counts: { pg_log: lines.length },
    seqs: [lines[0] ?? 0, lines.at(-1) ?? 0],
    rawBytes: body.length,
    bytes: body.length,
    createdAt: new Date(0).toISOString(),
    marks: { 'main/pg_log': next },
    marked: lines.length,
  };
  return { header, body };
}

export const linesOf = ({ body }: Payload): number[] =>
  JSON.parse(Buffer.from(body).toString()) as number[];
