import type { RawBytes } from '../rawText.ts';
import { standsAt } from '../standsAt.ts';

/** 16 began to write it with a capital. */
const heads = ['Parameters: ', 'parameters: '].map((head) => ({
  head: Buffer.from(head),
  text: `${head}?`,
}));

/** The DETAIL at `from` that tells the parameters of a statement, without them, as `redactDetail` makes it; else undefined. */
export function knownDetail(bytes: RawBytes, from: number): string | undefined {
  for (const { head, text } of heads) if (standsAt(bytes, from, head)) return text;
  return undefined;
}
