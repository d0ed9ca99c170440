import { type OperatorFunction, concatMap, defer, map, takeWhile } from 'rxjs';
import type { Entry } from '../schema/journal.ts';
import type { Header } from '../schema/payload.ts';

/** What to pass on for an entry, and whether the way ends with it. */
interface Step {
  readonly entries: readonly Entry[];
  readonly done: boolean;
}
const nothing: Step = { entries: [], done: false };
const on = (...entries: readonly Entry[]): Step => ({ entries, done: false });
const end = (...entries: readonly Entry[]): Step => ({ entries, done: true });

/**
 * Follows one metric through all stages.
 *
 *     journal   -s(a)-v(a:7)-s(b)-v(b:8)-batched(7…8)-sent-acked-
 *     traced(8)                   (sv)----b------------s----(k|)      source, validated, batched, sent, acked
 *
 * Completes where the way ends: acknowledged, set aside, dropped; or where the metric has passed already, with a notice.
 *
 * @param wanted its number (`line.seq`), or `next`: the first validated (or rejected) one that `fits`
 */
export function traced(
  wanted: number | 'next',
  fits: (entry: Entry) => boolean,
): OperatorFunction<Entry, Entry> {
  return (source) =>
    defer(() => {
      const step = follower(wanted, fits);
      return source.pipe(
        map(step),
        takeWhile(({ done }) => !done, true),
        concatMap(({ entries }) => entries),
      );
    });
}

function follower(wanted: number | 'next', fits: (entry: Entry) => boolean) {
  let read: Extract<Entry, { at: 'source' }> | undefined;
  let seq: number | undefined;
  /** Its payload, and the halves into which that was split. */
  const payloads = new Set<string>();
  const carries = ({ id, parent, seqs: [first, last] }: Header): boolean => {
    if (seq === undefined || seq < first || seq > last) return false;
    if (parent !== undefined && payloads.has(parent)) payloads.add(id);
    return payloads.has(id);
  };
  const search = (entry: Entry): Step => {
    if (entry.at === 'source') read = entry;
    else if (entry.at === 'validated') {
      const { line, metric } = entry;
      const before = read?.metric === metric ? [read] : [];
      if (wanted === 'next' ? fits(entry) : line.seq === wanted) {
        seq = line.seq;
        return on(...before, entry);
      }
      if (wanted !== 'next' && line.seq > wanted) return end(passed(wanted, line.seq));
    } else if (entry.at === 'dropped' && wanted === 'next' && entry.metric && fits(entry)) {
      return end(...(read?.metric === entry.metric ? [read] : []), entry);
    }
    return nothing;
  };
  return (entry: Entry): Step => {
    if (seq === undefined) return search(entry);
    switch (entry.at) {
      case 'batched': {
        const [first, last] = entry.header.seqs;
        if (seq < first || seq > last) return nothing;
        payloads.add(entry.header.id);
        return on(entry);
      }
      case 'spooled':
        return carries(entry.header) ? on(entry) : nothing;
      case 'sent':
        return carries(entry.receipt.header) ? on(entry) : nothing;
      case 'acked':
        return carries(entry.receipt.header) ? end(entry) : nothing;
      case 'set_aside':
        return carries(entry.header) ? end(entry) : nothing;
      case 'dropped': {
        const { seqs, payload } = entry;
        const lost =
          payload === undefined ? seqs && seq >= seqs[0] && seq <= seqs[1] : payloads.has(payload);
        return lost ? end(entry) : nothing;
      }
      default:
        return nothing;
    }
  };
}

const passed = (wanted: number, newest: number): Entry => ({
  at: 'notice',
  unit: 'tap',
  message: `metric ${wanted} has passed: the newest is ${newest}, and what is remembered of it is gone`,
});
