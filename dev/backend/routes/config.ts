import type { Handler } from '../call.ts';
import { refusal, text } from '../reply.ts';

/** GET /config/{collector_id}: the stored configuration, where this backend gives it to collectors at all. */
export const config: Handler = async (call, state) => {
  await call.hold();
  if (!state.profile.configPull) return refusal(401, 'User not found');
  if (call.parameter !== call.claims!.collector_id) return refusal(401, 'Collector ID mismatch');
  const stored = state.configs.get(call.parameter);
  if (!stored) return refusal(404, 'Configuration not found');
  return text(200, stored.text, { 'x-config-version': String(stored.version) });
};
