import type { SpoolNews } from '../../ports/spool.ts';
import type { Entry } from '../../schema/journal.ts';

/** What the spool says of itself, for the journal. */
export function newsEntry(news: SpoolNews): Entry {
  const unit = 'spool';
  switch (news.is) {
    case 'trouble':
      return { at: 'trouble', unit, code: news.code, message: news.message };
    case 'settled':
      return { at: 'settled', unit };
    case 'notice':
      return { at: 'notice', unit, message: news.message };
    case 'retried':
      return { at: 'recovered', counts: news.counts };
  }
}
