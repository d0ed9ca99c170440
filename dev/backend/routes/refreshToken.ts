import type { Handler } from '../call.ts';
import { json, refusal } from '../reply.ts';

/** POST /collectors/refresh-token: a new token for one that is still valid. */
export const refreshToken: Handler = async (call, state) => {
  await call.hold();
  const { collector_id: id, hostname } = call.claims!;
  const collector = state.collectors.get(id);
  if (!collector || collector.deleted) return refusal(404, 'Collector not found');
  const { token, expiresAt } = await state.tokens.issue(id, hostname);
  return json(200, { token, expires_at: state.profile.moment(expiresAt) });
};
