import { gzipSync } from 'node:zlib';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { lines } from '../../src/sinks/lines.ts';

describe('lines', () => {
  it('hands out the exact text of the payload, and calls it delivered', async () => {
    const text = '{"collector_id":"c","metrics":[{"hash":-8441324848661855122}]}';
    const header = {
      id: 'a',
      collectorId: 'c',
      counts: { x: 1 },
      seqs: [0, 0] as const,
      rawBytes: text.length,
      bytes: 1,
      createdAt: 'T',
      marks: {},
    };
    const written: string[] = [];
    const outlet = { sink: lines({ write: (body) => written.push(body) }) };
    const receipt = await firstValueFrom(outlet.sink({ header, body: gzipSync(text) }, 1));
    expect(written).toEqual([text]);
    expect(receipt).toMatchObject({ header, attempt: 1, verdict: { is: 'delivered' } });
  });
});
