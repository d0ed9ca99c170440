import { concat, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inTurns } from '../../src/operators/inTurns.ts';
import { marbles } from '../support/marbles.ts';

/** Letters, noting each when it is made; fails behind the last one if asked to. */
function* letters(text: string, made: string[], fails = false): Generator<string> {
  for (const letter of text) {
    made.push(letter);
    yield letter;
  }
  if (fails) throw new Error('broken');
}

describe('inTurns', () => {
  it(
    'emits all in order, then completes, without letting time pass',
    marbles(({ expectObservable }) => {
      expectObservable(inTurns('abc')).toBe('(abc|)');
      expectObservable(inTurns('a')).toBe('(a|)');
      expectObservable(inTurns([])).toBe('|');
    }),
  );

  it(
    'leaves the time between two turns that it is told to',
    marbles(({ expectObservable }) => {
      expectObservable(inTurns('abc', 3)).toBe('a--b--c--|');
    }),
  );

  it(
    'passes an error of the iterable on, behind what came before it',
    marbles(({ expectObservable }) => {
      expectObservable(inTurns(letters('ab', [], true))).toBe(
        '(ab#)',
        undefined,
        new Error('broken'),
      );
    }),
  );

  it(
    'gives each subscriber all that the iterable can give again',
    marbles(({ expectObservable }) => {
      const twice$ = inTurns(['a', 'b']);
      expectObservable(concat(twice$, twice$)).toBe('(abab|)');
    }),
  );

  it(
    'makes nothing before the first turn, and nothing for nobody',
    marbles(({ expectObservable, flush }) => {
      const made: string[] = [];
      expectObservable(inTurns(letters('abcd', made)).pipe(take(2))).toBe('(ab|)');
      expect(made).toStrictEqual([]);
      flush();
      expect(made).toStrictEqual(['a', 'b']);
    }),
  );
});
