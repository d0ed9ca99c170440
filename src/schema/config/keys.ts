import * as Type from '@sinclair/typebox';
import type { KeyOptions } from '../section.ts';

/** A table of the configuration takes no keys but its own. */
export const closed = { additionalProperties: false } as const;
/** Options of a key, checked by the compiler. */
export const key = (options: KeyOptions & Readonly<Record<string, unknown>>) => options;
/** A text that may be left out. */
export const maybeText = (options: KeyOptions & Readonly<Record<string, unknown>>) =>
  Type.Optional(Type.String(options));
/** An absolute path that may be left out. */
export const maybePath = (description: string, example: string) =>
  maybeText({ description, path: true, examples: [example] });
/** One of a closed list of words. */
export const words = <const W extends readonly string[]>(
  list: W,
  options: KeyOptions & { default?: W[number] },
) => Type.Unsafe<W[number]>({ type: 'string', enum: [...list], ...options });
