import { TLSSocket } from 'node:tls';
import type { Call, State } from './call.ts';
import { refusal, type Reply } from './reply.ts';
import type { Route } from './routes.ts';

/** Who asks, as far as the connection tells. */
export interface Peer {
  /** Whether it showed a certificate of the authority, or one that registration issued; true without TLS. */
  readonly certified: boolean;
  /** Whether its address is within the rate limit. */
  readonly limited: () => boolean;
}

/** Checks the rights of a call, in the order in which the backend does, and lets its handler answer. */
export async function answer(
  route: Route,
  call: Omit<Call, 'claims'>,
  peer: Peer,
  state: State,
): Promise<Reply> {
  if (route.limited && peer.limited()) return refusal(429, 'Rate limit exceeded');
  if (route.rights === 'none') return route.handle({ ...call, claims: undefined }, state);
  if (!peer.certified) return refusal(403, 'Client certificate required');
  const token = /^Bearer (\S+)$/.exec(call.headers['authorization'] ?? '')?.[1];
  if (token === undefined) return refusal(401, 'Unauthorized', 'missing token');
  const verified = await state.tokens.verify(token);
  if ('problem' in verified) return refusal(401, 'Unauthorized', verified.problem);
  call.request.claims = { ...verified.claims };
  return route.handle({ ...call, claims: verified.claims }, state);
}

/** The subject of the certificate that the other side showed; null where it showed none. */
export function subject(socket: unknown): string | null {
  if (!(socket instanceof TLSSocket)) return null;
  return socket.getPeerX509Certificate()?.subject ?? null;
}

/** Whether the other side showed a certificate that counts here. */
export function isCertified(socket: unknown, issued: ReadonlySet<string>): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
  return socket.authorized || (fingerprint !== undefined && issued.has(fingerprint));
}
