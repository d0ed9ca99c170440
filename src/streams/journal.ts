import { type Observable, BehaviorSubject, Subject } from 'rxjs';
import { type AgentActivity, emptyActivity } from '../schema/activity.ts';
import { type Books, emptyBooks } from '../schema/books.ts';
import type { Entry } from '../schema/journal.ts';
import { act } from './journal/activity.ts';
import { post } from './journal/books.ts';
import { type Outstanding, nothingOutstanding, outstanding } from './journal/outstanding.ts';

/** The one private record of a run: written by `note`, read by everybody else. */
export interface Journal {
  /** Writes one entry. Entries noted while one is being read are read after it, so that all readers see one order. */
  readonly note: (entry: Entry) => void;
  /** Every entry from the subscription on. */
  readonly entries$: Observable<Entry>;
  /** The books after each entry; the newest at once. */
  readonly books$: Observable<Books>;
  /** What the agent itself did; the newest at once. */
  readonly activity$: Observable<AgentActivity>;
  /** The books now. */
  readonly books: () => Books;
  /** What is on its way now, by type. */
  readonly onItsWay: () => Outstanding;
  /** No more entries will come. */
  readonly end: () => void;
}

/** Opens the journal of a run. Everything in it happens synchronously; it holds no entry longer than its delivery. */
export function openJournal(): Journal {
  const entries$ = new Subject<Entry>();
  const books$ = new BehaviorSubject<Books>(emptyBooks);
  const activity$ = new BehaviorSubject<AgentActivity>(emptyActivity);
  const waiting: Entry[] = [];
  let reading = false;
  let onItsWay = nothingOutstanding;
  const read = (entry: Entry): void => {
    books$.next(post(books$.value, entry));
    onItsWay = outstanding(onItsWay, entry);
    activity$.next(act(activity$.value, entry));
    entries$.next(entry);
  };
  return {
    note: (entry) => {
      waiting.push(entry);
      if (reading) return;
      reading = true;
      try {
        for (let next = waiting.shift(); next; next = waiting.shift()) read(next);
      } finally {
        reading = false;
      }
    },
    entries$: entries$.asObservable(),
    books$: books$.asObservable(),
    activity$: activity$.asObservable(),
    books: () => books$.value,
    onItsWay: () => onItsWay,
    end: () => {
      books$.complete();
      activity$.complete();
      entries$.complete();
    },
  };
}
