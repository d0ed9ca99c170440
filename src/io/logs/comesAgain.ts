/** Which parts of the time the escapes of strftime tell: year, month, day, hour, minute, second, by their places here. */
const told: Readonly<Record<string, readonly number[]>> = {
  ...{ Y: [0], y: [0], m: [1], b: [1], B: [1], h: [1], d: [2], e: [2], j: [1, 2] },
  ...{ F: [0, 1, 2], D: [0, 1, 2], H: [3], k: [3], M: [4], S: [5], R: [3, 4], T: [3, 4, 5] },
  ...{ I: [3], l: [3], c: [0, 1, 2, 3, 4, 5], s: [0, 1, 2, 3, 4, 5] },
};

/**
 * Whether a server uses the names of its log files again: `server-%a.log` each week, and not those that tell the year and
 * all that follows it down to the part that changes with each file. True where the names are not known.
 */
export function comesAgain(filename: string | undefined): boolean {
  if (filename === undefined) return true;
  const escapes = [...filename.matchAll(/%[EO]?(.)/g)].map(([, escape = '']) => escape);
  const parts = new Set(escapes.flatMap((escape) => told[escape] ?? []));
  // An hour of twelve comes twice a day.
  const gap = parts.size === 0 || Math.max(...parts) >= parts.size;
  return gap || (escapes.some((escape) => 'Il'.includes(escape)) && !escapes.includes('p'));
}
