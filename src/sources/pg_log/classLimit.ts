import type { LogHead } from '../../postgres/logs/logHead.ts';

/** More classes than there are. */
const remembered = 2000;
/** So many characters of a timestamp say which second it is. */
const seconds = 19;

/** The messages of a class in one second. */
interface Counted {
  /** Of the last of them. */
  timestamp: string;
  count: number;
}

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
  const classes = new Map<string, Counted>();
  let last: { readonly head: LogHead; readonly counted: Counted } | undefined;
  const countedOf = (head: LogHead): Counted => {
    if (last?.head === head) return last.counted;
    const name = head.event ?? head.sqlstate ?? head.level;
    if (classes.size >= remembered) classes.clear();
    let counted = classes.get(name);
    if (counted === undefined) classes.set(name, (counted = { timestamp: '', count: 0 }));
    last = { head, counted };
    return counted;
  };
  return (head, timestamp, perSecond) => {
    const counted = countedOf(head);
    // Many messages are of the same millisecond.
    if (timestamp !== counted.timestamp) {
      if (!isSameSecond(timestamp, counted.timestamp)) counted.count = 0;
      counted.timestamp = timestamp;
    }
    return counted.count++ === 0 || counted.count <= perSecond;
  };
}

/** Whether two timestamps are of one second; most differ, if at all, at its end. */
function isSameSecond(one: string, other: string): boolean {
  let at = seconds - 1;
  while (at >= 0 && one.charCodeAt(at) === other.charCodeAt(at)) at--;
  return at < 0;
}
