/** Longer texts are left to a regular expression, which costs a call and is then faster by character. */
const SHORT = 40;
const beyond = /[\u0080-\uffff]/;

/** Whether a text has as many bytes in UTF-8 as it has characters. */
export function isAscii(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return !beyond.test(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
