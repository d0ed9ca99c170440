import type { Entry } from '../schema/journal.ts';
import { readMetric } from './readMetric.ts';
import type { Tapped } from './view.ts';

/** A line from the agent to a tap. */
export type WireLine =
  | { readonly hello: 1; readonly version: string; readonly pid: number }
  | { readonly tapped: Tapped }
  /** So many were skipped here, because the reader was slow. */
  | { readonly skipped: number }
  /** All that was asked for: the `Standing`, or the names that an order was carried out for. */
  | { readonly answer: unknown }
  /** The request cannot be answered. */
  | { readonly problem: string }
  /** Nothing more comes: the agent ends, or what was asked for is complete. */
  | { readonly end: true };

const METRIC = ',"metric":';

/** A line to a tap, written out only when it is asked for. */
export interface TappedText {
  /** About how long it will be. */
  readonly bytes: number;
  readonly text: () => string;
}

/** What an entry other than a metric is taken to be long. */
const ENTRY_BYTES = 1_000;

/**
 * An entry as one line. Until it is written it holds of a metric no more than its text, which is copied into the line, not
 * made anew.
 */
export const writeTapped = (seq: number, entry: Entry): TappedText =>
  entry.at === 'validated' ? new MetricText(seq, entry.line) : new EntryText(seq, entry);

/** One object for each metric that passes, and no more: most are skipped where there are many. */
class MetricText implements TappedText {
  private readonly seq: number;
  private readonly line: Line & { readonly json: string };

  constructor(seq: number, line: Line & { readonly json: string }) {
    this.seq = seq;
    this.line = line;
  }

  get bytes(): number {
    return this.line.bytes;
  }

  text(): string {
    return writeMetric(this.seq, this.line);
  }
}

class EntryText implements TappedText {
  readonly bytes = ENTRY_BYTES;
  private readonly tapped: Tapped;

  constructor(seq: number, entry: Entry) {
    this.tapped = { seq, entry };
  }

  text(): string {
    return JSON.stringify(this.tapped);
  }
}

function writeMetric(seq: number, metric: Line & { readonly json: string }): string {
  const { seq: number, unit, type, bytes, json } = metric;
  const line = JSON.stringify({ seq: number, unit, type, bytes });
  return `{"seq":${seq},"line":${line}${METRIC}${json}}`;
}

/** Reads a line of the agent; throws a `SyntaxError` where it is none. */
export function readWire(text: string): WireLine {
  if (!text.startsWith('{"seq":')) return JSON.parse(text) as WireLine;
  // Quotes within a text are escaped: the first occurrence is the key.
  const at = text.startsWith('"line"', text.indexOf(',') + 1) ? text.indexOf(METRIC) : -1;
  if (at < 0) {
    const { seq, entry } = JSON.parse(text) as Tapped;
    return { tapped: { seq, entry } };
  }
  const json = text.slice(at + METRIC.length, -1);
  const head = JSON.parse(`${text.slice(0, at)}}`) as { seq: number; line: Line };
  const entry: Entry = {
    at: 'validated',
    line: { ...head.line, json },
    metric: readMetric(json),
  };
  return { tapped: { seq: head.seq, entry } };
}

type Line = Omit<Extract<Entry, { at: 'validated' }>['line'], 'json' | 'mark'>;
