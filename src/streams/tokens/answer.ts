import { RefusedError, TransportError } from '../../errors.ts';
import type { HttpReply } from '../../ports/http.ts';
import { cleanText } from '../../sinks/cleanText.ts';

/**
 * The JSON object of an answer to a registration or a token refresh.
 *
 * Throws `RefusedError` on 4xx (the same question will get the same answer), `TransportError` on anything else that is no
 * 2xx with a JSON object: ask again later. Nothing of the body but the backend's `message` goes into an error, and that
 * without the secrets of the request.
 */
export function answerOf(
  name: string,
  { status, body, complete }: HttpReply,
  secrets: readonly string[],
): object {
  const answer = parse(body);
  const says = answer === null ? null : textField(answer, 'message');
  const text = `${name}: HTTP ${status}${says === null ? '' : `: ${cleanText(says, secrets)}`}`;
  if (status >= 200 && status < 300) {
    if (answer !== null && complete) return answer;
    throw new TransportError(
      'ERR_UNRECOGNISED_ANSWER',
      `${text}: the answer is no complete JSON object; does a portal or proxy answer in the backend's place?`,
    );
  }
  const passing = status === 408 || status === 425 || status === 429;
  if (status >= 400 && status < 500 && !passing) throw refusal(status, text);
  throw new TransportError(`HTTP_${status}`, text);
}

/** The backend says no. */
export const refusal = (status: number, message: string): RefusedError =>
  new RefusedError(status, message);

/** A text of the answer; null where it is missing, empty or no text. */
export function textField(answer: object, name: string): string | null {
  const value = (answer as Record<string, unknown>)[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function parse(body: string): object | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
