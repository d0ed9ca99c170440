import stringWidth from 'string-width';

/** A text in exactly `width` columns: filled with blanks, or cut with … at its end. */
export function fit(text: string, width: number): string {
  const whole = stringWidth(text);
  if (whole <= width) return text + ' '.repeat(width - whole);
  let cut = '';
  let used = 0;
  for (const char of text) {
    const wide = stringWidth(char);
    if (used + wide >= width) break;
    cut += char;
    used += wide;
  }
  return `${cut}…`.padEnd(cut.length + width - used);
}
