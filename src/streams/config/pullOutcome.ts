import type { PulledText } from '../../ports/configFile.ts';
import type { HttpReply } from '../../ports/http.ts';
import { retryAfter } from '../../sinks/retryAfter.ts';

/** What the answer to a pull means. */
export type PullOutcome =
  | { readonly is: 'text'; readonly pulled: PulledText }
  /** The backend has no configuration for this collector. */
  | { readonly is: 'absent' }
  /** The backend does not serve configuration to collectors. */
  | { readonly is: 'refused'; readonly status: number }
  /** Nothing can be said of it. `afterMs`: the backend's own wish. */
  | { readonly is: 'failed'; readonly afterMs?: number };

/** Judges an answer. A text that was cut, or a page in HTML (a portal's), is no configuration. */
export function pullOutcome(reply: HttpReply, nowMs: number): PullOutcome {
  const { status, headers, body, complete } = reply;
  if (status === 401 || status === 403) return { is: 'refused', status };
  // An unknown route answers in plain text: then there is no configuration either.
  if (status === 404) return { is: 'absent' };
  if (status !== 200 || !complete || body.trimStart().startsWith('<')) {
    const afterMs = retryAfter(headers, nowMs);
    return { is: 'failed', ...(afterMs !== undefined && { afterMs }) };
  }
  const version = headers['x-config-version']?.trim() ?? '';
  return {
    is: 'text',
    pulled: { text: body, version: /^\d{1,15}$/.test(version) ? Number(version) : null },
  };
}
