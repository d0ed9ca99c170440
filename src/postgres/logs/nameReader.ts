import type { RawText, TextOf } from './rawText.ts';

/** Reads `text.slice(from, to)`; the few names of a log again and again. */
export type NameOf = (text: RawText, from: number, to: number) => string;

/** A power of two: more names than a log has at a time. */
const slots = 1024;

/** A reader of names that makes one string of each, as long as no other takes its slot. */
export function nameReader(textOf: TextOf): NameOf {
  const raws: (string | undefined)[] = new Array<string | undefined>(slots).fill(undefined);
  const names: string[] = new Array<string>(slots).fill('');
  return (text, from, to) => {
    let hash = 0;
    for (let at = from; at < to; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const known = raws[slot];
    if (known?.length === to - from && text.startsWith(known, from)) return names[slot] ?? '';
    const raw = text.slice(from, to);
    // Both without what stands around them.
    raws[slot] = Buffer.from(raw, 'latin1').toString('latin1');
    return (names[slot] = textOf(raw));
  };
}
