import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../src/operators/byteQueue.ts';

describe('ByteQueue', () => {
  it('gives back what was appended, in order, within both limits', () => {
    const queue = new ByteQueue<string>();
    ['a', 'bb', 'ccc', 'd'].forEach((value, at) => {
      queue.push(value, value.length, at);
    });
    expect([queue.length, queue.bytes, queue.oldestAt]).toStrictEqual([4, 7, 0]);
    expect(queue.take(10, 3)).toStrictEqual(['a', 'bb']);
    expect([queue.length, queue.bytes, queue.oldestAt]).toStrictEqual([2, 4, 2]);
    expect(queue.take(1, 100)).toStrictEqual(['ccc']);
    expect(queue.take(1, 0)).toStrictEqual(['d']);
    expect([queue.length, queue.bytes, queue.oldestAt]).toStrictEqual([0, 0, undefined]);
    expect(queue.take(1, 1)).toStrictEqual([]);
  });

  it('does not tear a value from the next one that it goes with', () => {
    const given = (...values: readonly string[]) => {
      const queue = new ByteQueue<string>();
      for (const value of values) queue.push(value, value.length, 0);
      const take = (count: number, bytes: number) =>
        queue.take(count, bytes, (value) => value.endsWith('+'));
      return take;
    };
    const taking = given('a', 'b+', 'c', 'd');
    expect(taking(2, 100)).toStrictEqual(['a']);
    expect(taking(2, 100)).toStrictEqual(['b+', 'c']);
    expect(taking(2, 100)).toStrictEqual(['d']);
    expect(given('a+', 'b+', 'c', 'd')(1, 1)).toStrictEqual(['a+', 'b+', 'c']);
    expect(given('a', 'b+')(10, 100)).toStrictEqual(['a', 'b+']);
  });

  it('trims the oldest until the rest fits', () => {
    const queue = new ByteQueue<string>();
    ['a', 'bb', 'ccc'].forEach((value, at) => {
      queue.push(value, value.length, at);
    });
    expect(queue.trim(6)).toStrictEqual([]);
    expect(queue.trim(4)).toStrictEqual(['a', 'bb']);
    expect(queue.trim(0)).toStrictEqual(['ccc']);
  });

  it('agrees with a plain array', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ count: fc.integer({ min: 1, max: 5 }), bytes: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ trim: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new ByteQueue<{ size: number }>();
        let model: { size: number }[] = [];
        const bytes = (): number => model.reduce((sum, { size }) => sum + size, 0);
        const cut = (n: number): { size: number }[] => {
          const front = model.slice(0, n);
          model = model.slice(n);
          return front;
        };
        for (const now of steps) {
          if ('push' in now) {
            const value = { size: now.push };
            model.push(value);
            queue.push(value, value.size, 0);
          } else if ('trim' in now) {
            let n = 0;
            while (model.slice(n).reduce((sum, { size }) => sum + size, 0) > now.trim) n += 1;
            expect(queue.trim(now.trim)).toStrictEqual(cut(n));
          } else {
            let n = Math.min(model.length, 1);
            while (
              n < Math.min(model.length, now.count) &&
              model.slice(0, n + 1).reduce((sum, { size }) => sum + size, 0) <= now.bytes
            ) {
              n += 1;
            }
            expect(queue.take(now.count, now.bytes)).toStrictEqual(cut(n));
          }
          expect([queue.length, queue.bytes]).toStrictEqual([model.length, bytes()]);
        }
      }),
    );
  });
});
