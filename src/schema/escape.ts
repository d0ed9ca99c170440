/** C0 and C1 controls, DEL, and the characters that reorder or hide text on a terminal. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Makes text from outside safe to show: control and bidirectional characters become `\n`, `\t` or `\u{1b}`, so that a
 * table name cannot move the cursor or hide what follows it.
 */
export const escape = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
