/** The fields of one record of csvlog. Used again for the next record. */
export interface CsvRecord {
  /** How many fields there are: 24 in PostgreSQL 13, 26 since 14. */
  readonly length: number;
  /** A field, unquoted; undefined where it is empty or missing. */
  readonly value: (index: number) => string | undefined;
}

/** More than any version has. */
const maxFields = 64;
const [quote = 0, comma = 0, newline = 0] = ['"', ',', '\n'].map((char) => char.charCodeAt(0));

/**
 * A reader of records as RFC 4180 has them: fields are divided by commas; one in quotes may hold commas, newlines and
 * doubled quotes. It passes over the text once.
 *
 * The function that is returned gives undefined for what is no record: text behind a closing quote, a quote within an
 * unquoted field, a quote that is not closed, more than 64 fields.
 */
export function csvReader(): (text: string) => CsvRecord | undefined {
  const starts = new Int32Array(maxFields);
  const ends = new Int32Array(maxFields);
  const quoted = new Uint8Array(maxFields);
  let current = '';
  let length = 0;
  const value = (index: number): string | undefined => {
    if (index >= length) return undefined;
    const text = current.slice(starts[index], ends[index]);
    if (text === '') return undefined;
    return quoted[index] === 1 && text.includes('""') ? text.replaceAll('""', '"') : text;
  };
  return (text) => {
    length = 0;
    for (let at = 0; ; at++) {
      if (length === maxFields) return undefined;
      const isQuoted = text.charCodeAt(at) === quote;
      const end = isQuoted ? closingQuote(text, at + 1) : endOfPlain(text, at);
      if (end < 0) return undefined;
      starts[length] = isQuoted ? at + 1 : at;
      ends[length] = end;
      quoted[length++] = isQuoted ? 1 : 0;
      at = isQuoted ? end + 1 : end;
      if (at >= text.length) break;
      if (text.charCodeAt(at) !== comma) return undefined;
    }
    current = text;
    return { length, value };
  };
}

/** The place of the quote that closes a field; -1 where there is none. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === quote) at = text.indexOf('"', at + 2);
  return at;
}

/** The place of the comma behind a field without quotes, or the end; -1 where a quote or newline stands in it. */
function endOfPlain(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === comma) return at;
    if (code === quote || code === newline) return -1;
  }
  return at;
}

/** Whether a number of quotes is odd: a record is whole at the end of a line where it is not. */
export function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}
