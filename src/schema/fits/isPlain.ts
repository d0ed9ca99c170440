/** Longer texts are left to a regular expression, as in `isAscii`. */
const SHORT = 40;
const beyond = /[^ !#-[\]-\u007f]/;

/** Whether JSON writes a text as it stands, between quotes, and each character is one byte in UTF-8. */
export function isPlain(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return !beyond.test(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 92 ? code > 127 : code < 32 || code === 34 || code === 92) return false;
  }
  return true;
}
