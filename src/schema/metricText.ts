import type { Metric } from './metric.ts';

/** The JSON text of a metric that fits its schema. */
export interface MetricText {
  /** As it will be sent. */
  readonly json: string;
  /** Bytes of `json` in UTF-8; where the text is late, at most so many: each fraction counts as the longest one. */
  readonly bytes: number;
  /** The metric, where its text is made only when it is asked for; then `JSON.stringify` makes it, as it stands. */
  readonly late?: Metric | undefined;
}

/**
 * A text that is made when it is asked for. A window writes all such metrics in one call, which costs a good half of a
 * call for each: the engine builds every text from pieces that begin at 32 characters.
 */
export class LateText implements MetricText {
  readonly bytes: number;
  readonly late: Metric;

  constructor(late: Metric, bytes: number) {
    this.late = late;
    this.bytes = bytes;
  }

  get json(): string {
    return JSON.stringify(this.late);
  }
}

/** The texts as a JSON array. */
export function arrayOf(texts: readonly MetricText[]): string {
  const together = texts.map(({ late }) => late);
  if (!together.includes(undefined)) return JSON.stringify(together);
  let all = '';
  let run: Metric[] = [];
  // Adding up strings leaves the copying to the end, once for all; `join` copies each by itself.
  const add = (text: string): void => {
    all += all === '' ? text : `,${text}`;
  };
  const addRun = (): void => {
    if (run.length > 0) add(JSON.stringify(run).slice(1, -1));
    run = [];
  };
  for (const text of texts) {
    if (text.late) run.push(text.late);
    else {
      addRun();
      add(text.json);
    }
  }
  addRun();
  return `[${all}]`;
}
