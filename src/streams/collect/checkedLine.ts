import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import type { MetricText } from '../../schema/metricText.ts';
import type { Line } from '../../schema/payload.ts';

/** The line of a checked metric. It asks the text for its JSON only when it is asked itself. */
export class CheckedLine implements Line {
  readonly seq: number;
  readonly unit: string;
  readonly type: string;
  readonly bytes: number;
  readonly mark?: Json;
  readonly urgent?: true;
  readonly withNext?: true;
  readonly #text: MetricText;

  constructor(
    {
      seq,
      unit,
      type,
      mark,
      urgent,
      withNext,
    }: Pick<Line, 'seq' | 'unit' | 'type'> & {
      readonly mark?: Json | undefined;
      readonly urgent?: true | undefined;
      readonly withNext?: true | undefined;
    },
    text: MetricText,
  ) {
    this.seq = seq;
    this.unit = unit;
    this.type = type;
    this.bytes = text.bytes;
    if (mark !== undefined) this.mark = mark;
    if (urgent) this.urgent = urgent;
    if (withNext) this.withNext = withNext;
    this.#text = text;
  }

  get json(): string {
    return this.#text.json;
  }

  get late(): Metric | undefined {
    return this.#text.late;
  }
}
