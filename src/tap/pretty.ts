import type { Entry } from '../schema/journal.ts';
import { sumOf } from '../schema/json.ts';
import { printable } from '../schema/printable.ts';
import { prettyMetric } from './prettyMetric.ts';
import { bytes, duration, plain } from './quantity.ts';
import type { Rates } from './rates.ts';
import type { Style } from './style.ts';

export interface PrettyOptions {
  readonly style: Style;
  readonly rates: Rates;
  /** Columns of the terminal now. */
  readonly width: () => number;
}

/** Shows journal entries to a person; undefined for those that a tail does not show. */
export function pretty({
  style,
  rates,
  width,
}: PrettyOptions): (entry: Entry) => string | undefined {
  return (entry) => {
    switch (entry.at) {
      case 'validated':
        return prettyMetric(entry.metric, entry.line.bytes, { rates, style, width: width() });
      case 'acked': {
        const { header, status, sentBytes, tookMs, attempt } = entry.receipt;
        const ratio = plain(Math.round((100 * sentBytes) / header.rawBytes));
        const again = attempt > 1 ? ` attempt ${attempt}` : '';
        return style.good(
          `⇡ push ${header.id.slice(0, 8)}: ${plain(sumOf(header.counts))} metrics, ${bytes(header.rawBytes)} → ` +
            `${bytes(sentBytes)} (${ratio} %), ${status ?? ''} in ${duration(tookMs)}${again}`,
        );
      }
      case 'sent': {
        const { verdict, attempt, status } = entry.receipt;
        if (verdict.is === 'delivered') return undefined;
        const cause =
          'cause' in verdict ? verdict.cause : 'reason' in verdict ? verdict.reason : '';
        return style.bad(
          `⇡ push refused (${[verdict.is, status, printable(cause)].filter(Boolean).join(', ')}), attempt ${attempt}`,
        );
      }
      case 'config': {
        const version = entry.version === null ? '' : ` version ${entry.version}`;
        const changes = entry.changed.map((change) => `\n    ${printable(change)}`).join('');
        return style.change(`⚙ configuration${version} from ${entry.origin} took effect${changes}`);
      }
      case 'set_aside':
      case 'dropped': {
        const counts = entry.at === 'dropped' ? entry.counts : entry.header.counts;
        const problem = 'problem' in entry ? `: ${printable(entry.problem)}` : '';
        return style.bad(
          `✘ ${plain(sumOf(counts))} metrics ${entry.at} (${printable(entry.reason)})${problem}`,
        );
      }
      default:
        return undefined;
    }
  };
}
