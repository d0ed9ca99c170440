import { type OperatorFunction, defer, map } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import { type Picked, select } from './select.ts';
import type { Selection } from './selection.ts';
import type { Tapped } from './view.ts';

/** What a selection picks of the journal, numbered from 1; or what is wrong with the selection. */
export function tapped(selection: Selection): Picked<Tapped> {
  const picked = select(selection);
  if ('problem' in picked) return picked;
  const work: OperatorFunction<Entry, Tapped> = (source) =>
    defer(() => {
      let seq = 0;
      return source.pipe(
        picked.work,
        map((entry) => ({ seq: ++seq, entry })),
      );
    });
  return { work };
}
