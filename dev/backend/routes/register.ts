import { randomUUID, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { selfSigned } from '../../certificates.ts';
import type { Handler, State } from '../call.ts';
import { json, refusal } from '../reply.ts';

/** POST /collectors/register: makes a new collector each time. */
export const register: Handler = async (call, state) => {
  await call.hold();
  if (call.headers['x-registration-secret'] !== state.registrationSecret) {
    return refusal(401, 'Unauthorized', 'invalid registration secret');
  }
  const body = parse(call.body);
  if (body === null) return refusal(400, 'Invalid request', 'body must be a JSON object');
  const { name, hostname, address, version } = body;
  if (typeof name !== 'string' || name === '') {
    return refusal(400, 'Invalid request', "field 'name' is required");
  }
  if (typeof hostname !== 'string' || hostname === '') {
    return refusal(400, 'Invalid request', "field 'hostname' is required");
  }
  if (address !== undefined && (typeof address !== 'string' || isIP(address) === 0)) {
    return refusal(400, 'Invalid request', "field 'address' must be an IP address");
  }
  if (version !== undefined && typeof version !== 'string') {
    return refusal(400, 'Invalid request', "field 'version' must be a string");
  }
  const id = randomUUID();
  state.collectors.set(id, { name, hostname, deleted: false });
  const { token, expiresAt } = await state.tokens.issue(id, hostname);
  const pair = state.issueCertificates ? await issue(id, state) : undefined;
  return json(200, {
    collector_id: id,
    token,
    ...(pair && { certificate: pair.certificate, private_key: pair.privateKey }),
    expires_at: state.profile.moment(expiresAt),
  });
};

function parse(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

async function issue(id: string, { profile, authority, issued }: State) {
  const pair = await (profile.issuer === 'authority' ? authority.client(id) : selfSigned(id));
  issued.add(new X509Certificate(pair.certificate).fingerprint256);
  return pair;
}
