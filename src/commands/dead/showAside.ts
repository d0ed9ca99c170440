import type { AsidePayload } from '../../io/spool/asideList.ts';
import { sumOf } from '../../schema/json.ts';
import { bytes, plain } from '../../tap/quantity.ts';
import { ago } from '../ago.ts';
import { aligned } from '../aligned.ts';

const head = ['NUMBER', 'FOLDER', 'SET ASIDE', 'METRICS', 'SIZE', 'REASON'];

/** What was set aside, as a table; what cannot be read is `?`. */
export function showAside(payloads: readonly AsidePayload[], nowMs: number): string[] {
  if (payloads.length === 0) return ['nothing is set aside'];
  const rows = payloads.map(({ number, shelf, set_aside_at, counts, bytes: size, reason }) => [
    number,
    shelf,
    set_aside_at === null ? '?' : ago(set_aside_at, nowMs),
    counts === null ? '?' : plain(sumOf(counts)),
    size === null ? '?' : bytes(size),
    reason ?? '?',
  ]);
  return aligned([head, ...rows]);
}
