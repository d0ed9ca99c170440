import { type OperatorFunction, defer, map } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import { type Picked, select } from './select.ts';
import type { Selection } from './selection.ts';

/**
 * What a selection picks of the journal, numbered from 1; or what is wrong with the selection.
 *
 * @param made of each number and entry: what is emitted
 */
export function tapped<T>(selection: Selection, made: (seq: number, entry: Entry) => T): Picked<T> {
  const picked = select(selection);
  if ('problem' in picked) return picked;
  const work: OperatorFunction<Entry, T> = (source) =>
    defer(() => {
      let seq = 0;
      return source.pipe(
        picked.work,
        map((entry) => made(++seq, entry)),
      );
    });
  return { work };
}
