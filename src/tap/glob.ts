import { wildcard } from '../schema/wildcard.ts';

/** A predicate for patterns in which `*` stands for any text and `?` for one character. No pattern at all selects everything. */
export const glob =
  (patterns: readonly string[]): ((text: string) => boolean) =>
  (text) =>
    patterns.length === 0 || patterns.some((pattern) => wildcard(pattern, text));
