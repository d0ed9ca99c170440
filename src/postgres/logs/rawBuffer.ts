import type { RawBytes, RawText } from './rawText.ts';

/** As long as what is read at once. */
const usualBytes = 65_536;

/** A function that writes texts into a buffer, each over the one before it; what is behind the text means nothing. */
export function rawBuffer(): (text: RawText) => RawBytes {
  let buffer = Buffer.allocUnsafe(usualBytes);
  return (text) => {
    const length = Math.max(usualBytes, text.length);
    // One that grew for a long text is not kept.
    if (length !== buffer.length) buffer = Buffer.allocUnsafe(length);
    buffer.write(text, 'latin1');
    return buffer;
  };
}
