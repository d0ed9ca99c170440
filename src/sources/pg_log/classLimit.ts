import type { LogHead } from '../../postgres/logs/logHead.ts';

/** More classes than there are. */
const remembered = 2000;

/** The messages of a class in one second. */
interface Counted {
  second: string;
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
    if (counted === undefined)
      classes.set(name, (counted = { second: 'none', timestamp: '', count: 0 }));
    last = { head, counted };
    return counted;
  };
  return (head, timestamp, perSecond) => {
    const counted = countedOf(head);
    // Many messages are of the same millisecond.
    if (timestamp !== counted.timestamp) {
      counted.timestamp = timestamp;
      if (!timestamp.startsWith(counted.second)) {
        counted.second = timestamp.slice(0, 19);
        counted.count = 0;
      }
    }
    return counted.count++ === 0 || counted.count <= perSecond;
  };
}
