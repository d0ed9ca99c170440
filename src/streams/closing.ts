import { EMPTY, type Observable, defer } from 'rxjs';
import { sumOf } from '../schema/json.ts';
import type { Journal } from './journal.ts';

/** Closes the books of a run: what never became durable is dropped, counted (`shutdown`); then `ended`. */
export function closing({ note, books, onItsWay }: Journal): Observable<never> {
  return defer(() => {
    const { buffered } = onItsWay();
    if (sumOf(buffered) > 0) {
      note({ at: 'dropped', from: 'buffered', counts: buffered, reason: 'shutdown' });
    }
    note({ at: 'ended', books: books() });
    return EMPTY;
  });
}
