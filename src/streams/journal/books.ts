import type { Books } from '../../schema/books.ts';
import type { Entry } from '../../schema/journal.ts';
import { sumOf } from '../../schema/json.ts';

/**
 * Posts one journal entry: double entry, each stage moves metrics from one account to the next, so that the law of the
 * books (see `Books`) holds after every entry. Pure.
 */
export function post(books: Books, entry: Entry): Books {
  switch (entry.at) {
    case 'recovered': {
      const count = sumOf(entry.counts);
      return { ...books, recovered: books.recovered + count, spooled: books.spooled + count };
    }
    case 'source':
      return { ...books, collected: books.collected + 1, buffered: books.buffered + 1 };
    case 'spooled': {
      const count = sumOf(entry.header.counts);
      return { ...books, buffered: books.buffered - count, spooled: books.spooled + count };
    }
    case 'acked': {
      const count = sumOf(entry.receipt.header.counts);
      return { ...books, spooled: books.spooled - count, delivered: books.delivered + count };
    }
    case 'set_aside': {
      const count = sumOf(entry.header.counts);
      return { ...books, spooled: books.spooled - count, setAside: books.setAside + count };
    }
    case 'dropped': {
      const count = sumOf(entry.counts);
      const dropped = {
        ...books.dropped,
        [entry.reason]: (books.dropped[entry.reason] ?? 0) + count,
      };
      return { ...books, [entry.from]: books[entry.from] - count, dropped };
    }
    default:
      return books;
  }
}

/** What the books do not account for; 0 at every moment. */
export const imbalance = (books: Books): number =>
  books.collected +
  books.recovered -
  books.buffered -
  books.spooled -
  books.delivered -
  books.setAside -
  sumOf(books.dropped);

/** Metrics that will not reach the backend: dropped for any reason, or set aside. */
export const lostOf = ({ dropped, setAside }: Books): number => sumOf(dropped) + setAside;
