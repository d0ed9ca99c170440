/** Longest wait that a server can ask for, in ms. */
const MAX_MS = 3_600_000;

/**
 * The wait that a `Retry-After` header asks for, in ms, at most an hour; undefined where it says nothing usable.
 *
 * Both forms of RFC 9110, 10.2.3: seconds, or an HTTP date, which is compared with the server's own `Date` where there
 * is one, so that our clock does not matter.
 */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, MAX_MS);
  const until = httpDate(value);
  if (until === undefined) return undefined;
  const from = httpDate(headers['date'] ?? '') ?? nowMs;
  return Math.min(Math.max(until - from, 0), MAX_MS);
}

/** An HTTP date in ms since 1970; undefined where it is none. */
export function httpDate(value: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}
