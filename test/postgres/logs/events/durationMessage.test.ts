import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationMessage } from '../../../../src/postgres/logs/events/durationMessage.ts';

const message = new DurationMessage();
/** What is read of a text that stands in the midst of others. */
const read = (text: string) => {
  const [before, bytes] = [Buffer.from('LOG:  '), Buffer.from(text)];
  const all = Buffer.concat([before, bytes, Buffer.from('s\nduration: 7 ms  bind s: x\n')]);
  const told = message.read(all, before.length, before.length + bytes.length);
  const { ms, event, fields } = message;
  return { told, ms, event, phase: fields?.['phase'] };
};

/** The same with patterns. */
function slowly(text: string): ReturnType<typeof read> {
  const nothing = { told: false, ms: NaN, event: undefined, phase: undefined };
  if (!text.startsWith('duration: ')) return nothing;
  const [, number = '', rest] = /^duration: ([^ ]{0,30}) ms(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return { ...nothing, told: true };
  const event =
    rest === '' ? 'statement_duration' : rest.startsWith('  plan:') ? 'plan' : 'slow_statement';
  const isNumber = number !== '' && /^\d*\.?\d*$/.test(number);
  const phase = /^ {2}(statement|parse|bind|execute)/.exec(rest)?.[1];
  return { told: true, ms: isNumber ? Number(`0${number}`) : NaN, event, phase };
}

describe('DurationMessage', () => {
  it.each([
    ['duration: 12.345 ms  statement: SELECT 1', 12.345, 'slow_statement', 'statement'],
    ['duration: 0.006 ms  parse S_1: SELECT 1', 0.006, 'slow_statement', 'parse'],
    ['duration: 3 ms  bind <unnamed>: SELECT 1', 3, 'slow_statement', 'bind'],
    ['duration: 99.5 ms  execute fetch from C_1: x', 99.5, 'slow_statement', 'execute'],
    ['duration: 7.001 ms  fastpath function call: "f"', 7.001, 'slow_statement', undefined],
    ['duration: 0.100 ms', 0.1, 'statement_duration', undefined],
    ['duration: 0.100 ms  plan:', 0.1, 'plan', undefined],
    ['duration: 1e5 ms  statement: x', NaN, 'slow_statement', 'statement'],
    ['duration: of a film', NaN, undefined, undefined],
  ])('reads %s', (text, ms, event, phase) => {
    expect(read(text)).toEqual({ told: true, ms, event, phase });
  });

  it('forgets what the message before told', () => {
    read('duration: 3 ms  bind <unnamed>: SELECT 1');
    expect(read('statement: 5 ms')).toEqual(slowly('statement: 5 ms'));
  });

  it('reads each text as patterns do, and nothing behind its end', () => {
    const piece = fc.constantFrom(
      ...[
        'duration: ',
        '1',
        '12.5',
        '.',
        '0',
        ' ms',
        ' ms ',
        ' m',
        ' ',
        '  ',
        'statement: ',
        'parse',
      ],
      ...['plan:', 'bind', 'execute x', 'pl', 'stat', 'é', '9'.repeat(15), 'x'],
    );
    const text = fc
      .tuple(
        fc.constantFrom('duration: ', 'duration: 1.5 ms', ''),
        fc.array(piece, { maxLength: 6 }),
      )
      .map(([begin, rest]) => begin + rest.join(''));
    fc.assert(
      fc.property(text, (one) => {
        const { ms, ...found } = read(one);
        const { ms: expected, ...other } = slowly(one);
        expect(found).toEqual(other);
        // Digit by digit it is off by what the last place is worth.
        if (Number.isNaN(expected)) expect(ms).toBeNaN();
        else expect(Math.abs(ms - expected)).toBeLessThanOrEqual(expected * 1e-12);
      }),
      { numRuns: 2000 },
    );
  });
});
