import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Call, Handler, State } from '../call.ts';
import { envelope, type Envelope, isMoment } from '../envelope.ts';
import { type LosslessJson, losslessJson } from '../losslessJson.ts';
import type { ReceivedMetric } from '../received.ts';
import { crash, json, refusal, type Reply } from '../reply.ts';
import { storedRows } from '../storedRows.ts';

const decompress = promisify(gunzip);

/** POST /metrics/push: checks, stores and counts the metrics of one collector. */
export const push: Handler = async (call, state) => {
  const startedAt = performance.now();
  const raw = await decoded(call, state);
  if (!Buffer.isBuffer(raw)) return raw;
  call.request.rawBytes = raw.length;
  if (raw.length > state.maxBodyBytes) return refusal(413, 'Request body too large');

  const body = parsed(raw, state);
  if ('problem' in body) return refusal(400, 'Invalid request body', body.problem);
  const fields = envelope(body.value);
  if ('problem' in fields) return refusal(400, 'Invalid request body', fields.problem);
  if (fields.collectorId !== call.claims!.collector_id)
    return refusal(401, 'Collector ID mismatch');
  const wrong = fields.metrics.find((metric) => !isMetric(metric));
  if (wrong !== undefined) {
    // The backend in the field takes the type for a string without looking.
    return state.profile.name === 'deployed'
      ? crash
      : refusal(400, 'Invalid request body', "each metric needs a string 'type' and a 'timestamp'");
  }

  const key = state.profile.idempotency ? call.request.idempotencyKey : null;
  if (key === null) {
    await call.hold();
    return store(fields, call, state, startedAt);
  }
  const standing = state.ledger.open(fields.collectorId, key, raw);
  switch (standing.is) {
    case 'different':
      return refusal(422, 'Idempotency key was used for another body');
    case 'in progress':
      return refusal(409, 'The same push is in progress', undefined, { 'retry-after': '1' });
    case 'done':
      state.received.replay(call.request);
      return standing.reply;
    case 'new':
      return call.hold().then(
        () => {
          const reply = store(fields, call, state, startedAt);
          standing.commit(reply);
          return reply;
        },
        (error: unknown) => {
          standing.abandon();
          throw error;
        },
      );
  }
};

async function decoded({ body, headers }: Call, { profile }: State): Promise<Buffer | Reply> {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || !profile.gzip) return body;
  if (encoding !== 'gzip') return refusal(415, 'Unsupported content encoding', encoding);
  return decompress(body).catch(() => refusal(400, 'Invalid request body', 'gzip: invalid header'));
}

function parsed(raw: Buffer, { lossless }: State): { value: LosslessJson } | { problem: string } {
  // Said by Go of a gzip body that it takes for JSON, and what tells the collector to send identity.
  if (raw[0] === 0x1f) {
    return { problem: String.raw`invalid character '\x1f' looking for beginning of value` };
  }
  try {
    const source = raw.toString('utf8');
    return { value: lossless ? losslessJson(source) : (JSON.parse(source) as LosslessJson) };
  } catch (error) {
    return { problem: String(error) };
  }
}

const isMetric = (metric: LosslessJson): metric is ReceivedMetric & LosslessJson =>
  typeof metric === 'object' &&
  metric !== null &&
  !Array.isArray(metric) &&
  typeof metric['type'] === 'string' &&
  isMoment(metric['timestamp']);

function store(fields: Envelope, call: Call, state: State, startedAt: number): Reply {
  const { collectorId, hostname, timestamp, version, metricsCount } = fields;
  const metrics = fields.metrics as readonly ReceivedMetric[];
  const { received, profile, schemaCheck } = state;
  if (metricsCount !== null && metricsCount !== metrics.length) {
    const problem = `metrics_count is ${metricsCount}, but ${metrics.length} metrics came`;
    received.violations.push({ type: 'envelope', problem, metric: null });
  }
  if (schemaCheck) {
    for (const metric of metrics) {
      const problem = schemaCheck(metric);
      if (problem !== undefined) received.violations.push({ type: metric.type, problem, metric });
    }
  }
  received.push({ request: call.request, collectorId, hostname, timestamp, version, metrics });
  const length = call.headers['content-length'];
  return json(200, {
    status: 'success',
    collector_id: collectorId,
    metrics_inserted:
      profile.stores === 'all'
        ? metrics.length
        : metrics.reduce((sum, metric) => sum + storedRows(metric), 0),
    bytes_received: length === undefined ? -1 : Number(length),
    processing_time_ms: Math.round(performance.now() - startedAt),
    next_config_version: profile.configPull ? (state.configs.get(collectorId)?.version ?? 0) : 1,
    next_check_in_seconds: 300,
  });
}
