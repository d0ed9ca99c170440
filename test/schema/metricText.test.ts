import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeWindow } from '../../src/schema/envelope.ts';
import type { Metric } from '../../src/schema/metric.ts';
import { LateText, type MetricText, arrayOf } from '../../src/schema/metricText.ts';

const metric = (n: number): Metric => ({ type: 'x', timestamp: 'T', n });
const late = (n: number) => new LateText(metric(n), 40);
const early = (n: number): MetricText => ({ json: `{"type":"x","n":${n}}`, bytes: 18 });

describe('a late text', () => {
  it('is made when it is asked for', () => {
    expect(late(1).json).toBe('{"type":"x","timestamp":"T","n":1}');
  });
});

describe('arrayOf', () => {
  it('writes late and other texts in their order, each as it would stand alone', () => {
    const text = fc.nat().chain((n) => fc.constantFrom<MetricText>(late(n), early(n)));
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        expect(arrayOf(texts)).toBe(`[${texts.map(({ json }) => json).join(',')}]`);
      }),
    );
  });

  it('asks no late text by itself', () => {
    class Unasked extends LateText {
      override get json(): string {
        throw new Error('asked');
      }
    }
    const texts = [new Unasked(metric(1), 40), early(2), new Unasked(metric(3), 40)];
    expect(JSON.parse(arrayOf(texts))).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

it('writes a window of late texts as a push body', () => {
  const head = { collector_id: 'c', hostname: 'h', timestamp: 'T', version: '1' };
  expect(JSON.parse(writeWindow(head, [late(1), late(2)]))).toStrictEqual({
    ...head,
    metrics_count: 2,
    metrics: [metric(1), metric(2)],
  });
});
