import type { HttpReply } from '../ports/http.ts';
import type { Verdict } from '../schema/receipt.ts';
import { retryAfter } from './retryAfter.ts';

/** The backend's own JSON error; null where somebody else answered. */
interface BackendError {
  readonly message: string;
  readonly details: string;
}

/**
 * What an answer to a push means for the payload. The whole table, in one pure function.
 *
 * | answer | verdict |
 * | --- | --- |
 * | 2xx that names our collector id, is empty, or is JSON that was cut | delivered |
 * | any other 2xx, e.g. the page of a captive portal | retry, `unrecognised_ack` |
 * | 400, 422 | rejected |
 * | 401 with the backend's JSON error | unauthorized; `Collector ID mismatch`: retry |
 * | 401 from somebody else, 403 | forbidden |
 * | 413 | too_large |
 * | anything else: 3xx, 404, 409, 429, 5xx, … | retry, after `Retry-After` where it is given |
 */
export function verdict(reply: HttpReply, collectorId: string, nowMs: number): Verdict {
  const { status, headers } = reply;
  if (status >= 200 && status < 300) return acknowledged(reply, collectorId);
  const error = backendError(reply);
  const cause = [`HTTP ${status}`, error?.message, error?.details].filter(Boolean).join(': ');
  switch (status) {
    case 400:
    case 422:
      return { is: 'rejected', reason: cause };
    case 401:
      if (error === null)
        return { is: 'forbidden', cause: `${cause}, not from the backend: a proxy?` };
      if (/collector id mismatch/i.test(`${error.message} ${error.details}`)) {
        return { is: 'retry', cause: 'Collector ID mismatch' };
      }
      return { is: 'unauthorized', cause };
    case 403:
      return { is: 'forbidden', cause };
    case 413:
      return { is: 'too_large' };
    default: {
      const afterMs = retryAfter(headers, nowMs);
      const redirect =
        status >= 300 && status < 400 ? `${cause}: redirects are not followed` : cause;
      return { is: 'retry', cause: redirect, ...(afterMs !== undefined && { afterMs }) };
    }
  }
}

function acknowledged({ body, complete, headers }: HttpReply, collectorId: string): Verdict {
  const text = body.trim();
  if (text === '') {
    const page = !complete && /text\/html/i.test(headers['content-type'] ?? '');
    return page ? unrecognised : { is: 'delivered' };
  }
  const answer = parse(text);
  if (answer === undefined) {
    return text.startsWith('{') ? { is: 'delivered' } : unrecognised;
  }
  if (field(answer, 'collector_id') !== collectorId) return unrecognised;
  const version = field(answer, 'next_config_version');
  return Number.isSafeInteger(version)
    ? { is: 'delivered', configVersion: version as number }
    : { is: 'delivered' };
}

const unrecognised: Verdict = { is: 'retry', cause: 'unrecognised_ack' };

function backendError({ body }: HttpReply): BackendError | null {
  const answer = parse(body);
  const message = field(answer, 'message');
  if (typeof message !== 'string') return null;
  const details = field(answer, 'details');
  return { message, details: typeof details === 'string' ? details : '' };
}

/** The value of a JSON text; undefined where it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
