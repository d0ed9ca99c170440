import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope, withCollectorId, writeEnvelope } from '../../src/schema/envelope.ts';

const head = {
  collector_id: 'c',
  hostname: 'h","metrics":[{"a":1}',
  timestamp: '2026-01-01T00:00:00.000Z',
  version: '1',
};
const big = '{"type":"pg_query_stats","hash":-8441324848661855122}';

describe('envelope', () => {
  it('is the push body of the contract', () => {
    const body = writeEnvelope({ ...head, metrics: [big, '{"type":"x"}'] });
    expect(JSON.parse(body)).toMatchObject({
      ...head,
      metrics_count: 2,
      metrics: [{ type: 'pg_query_stats' }, { type: 'x' }],
    });
  });

  it('gives back every metric byte for byte', () => {
    const metric = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((fields) => JSON.stringify({ type: 'x', ...fields }));
    fc.assert(
      fc.property(fc.string(), fc.array(metric), (hostname, metrics) => {
        const body = writeEnvelope({ ...head, hostname, metrics });
        expect(readEnvelope(body)).toEqual({ ...head, hostname, metrics });
      }),
    );
  });

  it('changes the collector id and nothing else', () => {
    const body = writeEnvelope({ ...head, metrics: [big] });
    const changed = withCollectorId(body, 'new "id"');
    expect(readEnvelope(changed)).toEqual({ ...head, collector_id: 'new "id"', metrics: [big] });
    expect(changed).toContain('-8441324848661855122');
  });

  it('refuses a text that is no push body', () => {
    expect(() => readEnvelope('{}')).toThrow(TypeError);
    expect(() => withCollectorId('[]', 'c')).toThrow(TypeError);
  });
});
