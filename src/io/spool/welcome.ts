import type { SpoolNews } from '../../ports/spool.ts';
import type { Found } from './recover.ts';

/** What is to be said of what was found at the start. */
export function welcome({ cut, unreadable, foreign, fellBack }: Found): SpoolNews[] {
  const damaged = cut.length + unreadable;
  const news: SpoolNews[] = [];
  if (damaged > 0) {
    const message = `${damaged} damaged ${damaged === 1 ? 'payload' : 'payloads'} in the spool, set aside in spool/damaged`;
    news.push({ is: 'notice', message });
  }
  if (foreign.length > 0) {
    const message =
      `${foreign.length} ${foreign.length === 1 ? 'payload' : 'payloads'} of another machine in the spool, set aside in ` +
      'spool/dead: this state directory is a copy, and that machine has them too';
    news.push({ is: 'notice', message });
  }
  if (fellBack) {
    const message =
      'the newest header of the spool is damaged: logs are read again from the position of the one before, and entries ' +
      'may come twice';
    news.push({ is: 'notice', message });
  }
  return news;
}
