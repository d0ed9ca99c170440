/**
 * Bytes of a log as a string, one character (U+0000 to U+00FF) for each. Searching and cutting it is fast, places are
 * those of the file, and which encoding a text has is decided for each text by itself.
 */
export type RawText = string;

/** The same bytes in a buffer, which may hold others behind them. Passing over them is three times as fast. */
export type RawBytes = Buffer;

/** Reads the bytes at `from` to `to`, default all of them, as text. It keeps nothing else of the bytes in memory. */
export type TextOf = (bytes: RawBytes, from?: number, to?: number) => string;

/** Longer texts are not looked at by themselves. */
const shortBytes = 512;

/** The bytes that a text stands for. */
export const bytesOf = (raw: RawText): RawBytes => Buffer.from(raw, 'latin1');

/** For reading several bytes at once, wherever they stand. */
export const viewOf = (bytes: RawBytes): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The bytes of a text in UTF-8. */
export const rawOf = (text: string): RawText => Buffer.from(text).toString('latin1');

/** Names of PostgreSQL's encodings where the decoder knows them by another. */
const labels = new Map([
  ['LATIN1', 'windows-1252'],
  ['LATIN2', 'iso-8859-2'],
  ['LATIN3', 'iso-8859-3'],
  ['LATIN4', 'iso-8859-4'],
  ['LATIN5', 'windows-1254'],
  ['LATIN6', 'iso-8859-10'],
  ['LATIN7', 'iso-8859-13'],
  ['LATIN8', 'iso-8859-14'],
  ['LATIN9', 'iso-8859-15'],
  ['LATIN10', 'iso-8859-16'],
  ['WIN', 'windows-1251'],
  ['ALT', 'ibm866'],
  ['WIN866', 'ibm866'],
  ['KOI8', 'koi8-r'],
  ['KOI8R', 'koi8-r'],
  ['KOI8U', 'koi8-u'],
  ['WIN874', 'windows-874'],
  ['EUC_CN', 'gbk'],
  ['EUC_JP', 'euc-jp'],
  ['EUC_JIS_2004', 'euc-jp'],
  ['EUC_KR', 'euc-kr'],
]);

/** What the decoder calls an encoding of PostgreSQL; UTF-8 where it does not know it. */
function labelOf(encoding: string): string {
  const name = encoding.toUpperCase();
  const label =
    labels.get(name) ??
    name.replace(/^WIN(\d)/, 'windows-$1').replace(/^ISO_8859_(\d)/, 'iso-8859-$1');
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return 'utf-8';
  }
}

/**
 * A reader of texts. Each is UTF-8 if it can be, as the messages of one log come from databases of several encodings;
 * else it is in `encoding`; what is in neither gets U+FFFD for what cannot be read.
 *
 * @param encoding - As PostgreSQL names it (`LATIN1`, `EUC_JP`). Default: UTF8.
 */
export function textReader(encoding = 'UTF8'): TextOf {
  const label = labelOf(encoding);
  let other: InstanceType<typeof TextDecoder> | undefined;
  return (bytes, from = 0, to = bytes.length) => {
    if (isAscii(bytes, from, to)) return bytes.toString('latin1', from, to);
    const text = bytes.toString('utf8', from, to);
    if (label === 'utf-8' || !text.includes('\ufffd')) return text;
    other ??= new TextDecoder(label);
    return other.decode(bytes.subarray(from, to));
  };
}

/** Such a text is read in half of the time. */
function isAscii(bytes: RawBytes, from: number, to: number): boolean {
  const last = Math.min(to, from + shortBytes);
  for (let at = from; at < last; at++) if ((bytes[at] ?? 0) > 127) return false;
  return last === to;
}
