import type { Handler } from '../call.ts';
import { json } from '../reply.ts';

/** GET /health. */
export const health: Handler = async (call, state) => {
  await call.hold();
  return json(200, {
    status: 'ok',
    version: '3.0.0',
    timestamp: state.profile.moment(new Date(state.now())),
    uptime: Math.round((Date.now() - state.startedAt) / 1000),
    database_ok: true,
    timescale_ok: true,
  });
};
