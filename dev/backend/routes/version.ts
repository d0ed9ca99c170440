import type { Handler } from '../call.ts';
import { json } from '../reply.ts';

/** GET /version. */
export const version: Handler = async (call) => {
  await call.hold();
  return json(200, { version: '3.0.0', api: 'v1' });
};
