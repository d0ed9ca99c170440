import type { LogPlace } from '../../ports/logs.ts';

/** Endings of what is no plain log of the wanted format, where the wanted one has no ending of its own. */
const foreign = ['.csv', '.json', '.gz', '.bz2', '.xz', '.zst', '.lz4', '.Z'];

/** What strftime writes for an escape in the C locale, as a regular expression of bounded length; others: any text. */
const written: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  j: '\\d{3}',
  a: '[A-Z][a-z]{2}',
  b: '[A-Z][a-z]{2}',
  h: '[A-Z][a-z]{2}',
  A: '[A-Z][a-z]{5,8}',
  B: '[A-Z][a-z]{2,8}',
  s: '\\d{1,20}',
  u: '\\d',
  w: '\\d',
  e: '[ \\d]\\d',
  p: '[AP]M',
  F: '\\d{4}-\\d\\d-\\d\\d',
  z: '[+-]\\d{4}',
  '%': '%',
};
for (const escape of 'CdgHIklmMSUVWy') Object.assign(written, { [escape]: '[ \\d]\\d' });

/** Which files of a directory belong to a log, by their names alone. */
export function fittingNames({
  suffix,
  filename,
}: Pick<LogPlace, 'suffix' | 'filename'>): (name: string) => boolean {
  if (filename !== undefined) {
    const pattern = named(filename);
    return (name) => pattern.test(name);
  }
  return suffix === ''
    ? (name) => !foreign.some((ending) => name.endsWith(ending))
    : (name) => name.endsWith(suffix);
}

/** `log_filename` as a regular expression; names of files are short, and no part of it repeats without bound. */
function named(filename: string): RegExp {
  const parts = filename.split(/%[EO]?(.)/);
  const source = parts.map((part, index) =>
    index % 2 === 0 ? part.replace(/[^\w]/g, '\\$&') : (written[part] ?? '[^/]{1,64}?'),
  );
  return new RegExp(`^${source.join('')}$`);
}
