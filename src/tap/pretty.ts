import type { Entry } from '../schema/journal.ts';
import { sumOf } from '../schema/json.ts';
import type { Header } from '../schema/payload.ts';
import { printable } from '../schema/printable.ts';
import type { Receipt } from '../schema/receipt.ts';
import { prettyMetric } from './prettyMetric.ts';
import { prettyFields } from './prettyFields.ts';
import { bytes, duration, plain } from './quantity.ts';
import type { Rates } from './rates.ts';
import { causeOf } from './recordOf.ts';
import type { Style } from './style.ts';
import type { View } from './view.ts';
import { wrapped } from './wrapped.ts';

export interface PrettyOptions {
  readonly style: Style;
  /** Made for each stage: a metric passes several in one moment. */
  readonly rates: () => Rates;
  /** Columns of the terminal now. */
  readonly width: () => number;
  /** Dotted paths: only these are shown, and only of entries that have one of them. Default: all. */
  readonly fields?: readonly string[];
}

/** Shows entries to a person, each with its number in this tap. */
export function pretty({ style, rates, width, fields = [] }: PrettyOptions): View {
  const stages = { source: rates(), validated: rates() };
  return {
    show: ({ seq, entry }) => {
      const number = style.dim(`#${seq}`);
      if (fields.length > 0) {
        const moved =
          entry.at === 'source' || entry.at === 'validated'
            ? stages[entry.at](entry.metric).own
            : undefined;
        return prettyFields(entry, fields, { number, style, moved });
      }
      switch (entry.at) {
        case 'source':
        case 'validated': {
          const jsonBytes =
            entry.at === 'validated' ? Buffer.byteLength(entry.line.json) : undefined;
          const traced = entry.at === 'validated' ? `metric ${entry.line.seq}` : 'source';
          const marks = `${number} ${style.dim(traced)}`;
          return prettyMetric(entry.metric, jsonBytes, {
            rates: stages[entry.at],
            style,
            width: width(),
            marks,
          });
        }
        default: {
          const text = event(entry, style);
          return text === undefined ? undefined : wrapped(`${text} ${number}`, width());
        }
      }
    },
  };
}

function event(entry: Entry, style: Style): string | undefined {
  switch (entry.at) {
    case 'batched':
    case 'spooled':
      return `▣ ${entry.at} ${payload(entry.header)}, ${sizes(entry.header, entry.header.bytes)}`;
    case 'acked':
      return style.good(`⇡ push ${push(entry.receipt)}`);
    case 'sent': {
      const { verdict, endpoint, header, encoding } = entry.receipt;
      const cause = printable(causeOf(entry.receipt) ?? '');
      const text = `⇢ sent ${header.id.slice(0, 8)} to ${printable(endpoint)} (${encoding}): ${verdict.is}`;
      const why = cause === '' ? '' : `, ${cause}`;
      const line = `${text}${why}; ${push(entry.receipt)}`;
      return verdict.is === 'delivered' ? line : style.bad(line);
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
      const what = `${plain(sumOf(counts))} metrics (${Object.keys(counts).map(printable).join(', ')})`;
      return style.bad(`✘ ${what} ${entry.at} (${printable(entry.reason)})${problem}`);
    }
    case 'trouble':
      return style.bad(`✘ ${printable(entry.unit)} ${entry.code}: ${printable(entry.message)}`);
    case 'notice':
      return style.change(`• ${printable(entry.unit)}: ${printable(entry.message)}`);
    default:
      return undefined;
  }
}

const payload = ({ id, counts, seqs }: Header): string =>
  `${id.slice(0, 8)}: ${plain(sumOf(counts))} metrics (${seqs[0]} to ${seqs[1]})`;

const sizes = ({ rawBytes }: Header, onTheWire: number): string =>
  `${bytes(rawBytes)} → ${bytes(onTheWire)} (${plain(Math.round((100 * onTheWire) / rawBytes))} %)`;

function push({ header, status, sentBytes, tookMs, attempt }: Receipt): string {
  const again = attempt > 1 ? ` attempt ${attempt}` : '';
  const answer = status === null ? 'no answer' : String(status);
  return (
    `${header.id.slice(0, 8)}: ${plain(sumOf(header.counts))} metrics, ${sizes(header, sentBytes)}, ` +
    `${answer} in ${duration(tookMs)}${again}`
  );
}
