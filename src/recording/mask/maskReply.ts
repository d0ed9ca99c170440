import type { HttpReply } from '../../ports/http.ts';
import { isTable } from '../../schema/config/plainData.ts';
import { claimsOf, placeholderToken } from '../placeholderToken.ts';
import { type ConfigMasks, maskConfig } from './maskConfig.ts';

/** Response headers that the collector reads; no other is recorded. */
const kept = ['content-type', 'date', 'etag', 'retry-after', 'x-config-version'];

/** Characters of an answer that is no JSON: enough to see whose it is. */
const MAX_TEXT = 2_000;

/**
 * An answer of the backend without secrets. Tokens become placeholders with the same claims, ids are numbered, certificate
 * and key are left out, a configuration is masked as the local one.
 */
export function maskReply(name: string, reply: HttpReply, masks: ConfigMasks): HttpReply {
  const { status, headers, body, complete } = reply;
  return {
    status,
    headers: Object.fromEntries(
      kept.flatMap((key) => (key in headers ? [[key, headers[key] ?? '']] : [])),
    ),
    body:
      name === 'config' && status === 200 ? maskConfig(body, masks) : maskBody(name, body, masks),
    complete,
  };
}

function maskBody(name: string, body: string, masks: ConfigMasks): string {
  const { hidden } = masks;
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    const credentials = name === 'register' || name === 'refresh';
    return credentials ? '' : hidden.ids(hidden.text(body.slice(0, MAX_TEXT)));
  }
  if (!isTable(answer)) return 'null';
  const shown = Object.entries(answer).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'token') return [[key, maskToken(String(value), masks)]];
    if (typeof value === 'string') {
      return /certificate|private|secret|password|key/i.test(key)
        ? []
        : [[key, hidden.ids(hidden.text(value))]];
    }
    return typeof value === 'number' || typeof value === 'boolean' || value === null
      ? [[key, value]]
      : [];
  });
  return JSON.stringify(Object.fromEntries(shown));
}

/** A token that decodes to the same claims, of the placeholder's id; `placeholder` where it is no token. */
export function maskToken(token: string, { hidden }: Pick<ConfigMasks, 'hidden'>): string {
  const claims = claimsOf(token);
  if (claims === null) return 'placeholder';
  const { collector_id, hostname, type, sub, exp, iat, nbf } = claims;
  return placeholderToken({
    ...(collector_id !== undefined && { collector_id: hidden.ids(collector_id) }),
    ...(hostname !== undefined && { hostname: hidden.text(hostname) }),
    ...(type !== undefined && { type }),
    ...(sub !== undefined && { sub: hidden.ids(sub) }),
    ...(exp !== undefined && { exp }),
    ...(iat !== undefined && { iat }),
    ...(nbf !== undefined && { nbf }),
  });
}
