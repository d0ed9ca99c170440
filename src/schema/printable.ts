/** C0 and C1 control characters, line and paragraph separators, and the marks that turn the direction of text. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from outside made fit for a terminal or a log line: characters that steer a terminal or turn the direction of
 * text are written as `\xNN` or `\uNNNN`.
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
