import type { LogHead } from '../../postgres/logs/logHead.ts';

/** More classes than there are. */
const remembered = 2000;

/** Whether one more message of its class may be sent. */
export type ClassLimit = (
  head: LogHead,
  /** When the server wrote it, ISO 8601. */
  timestamp: string,
  /** Messages of one class in one second. */
  perSecond: number,
) => boolean;

/**
 * Bounds how many messages of one class (event, else SQLSTATE, else level) are sent for each second of the log: of its
 * own time, so that catching up with an old log drops no more than following it would have.
 */
export function classLimit(): ClassLimit {
  const classes = new Map<string, { second: string; count: number }>();
  return ({ event, sqlstate, level }, timestamp, perSecond) => {
    const name = event ?? sqlstate ?? level;
    const known = classes.get(name);
    if (known === undefined || !isOfSecond(timestamp, known.second)) {
      if (classes.size >= remembered) classes.clear();
      classes.set(name, { second: timestamp.slice(0, 19), count: 1 });
      return true;
    }
    return ++known.count <= perSecond;
  };
}

/** Whether a timestamp begins so; most differ, if at all, at the end. */
function isOfSecond(timestamp: string, second: string): boolean {
  let at = second.length - 1;
  while (at >= 0 && timestamp.charCodeAt(at) === second.charCodeAt(at)) at--;
  return at < 0;
}
