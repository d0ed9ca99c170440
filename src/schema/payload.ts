import type { Counts, Json } from './json.ts';
import type { MetricText } from './metricText.ts';

/** A metric that passed validation, as the JSON text that will be sent. */
export interface Line extends MetricText {
  /** Counts up over the run; follows one metric through the stages. */
  readonly seq: number;
  /** `<server>/<type>` or `<type>`: who read it. */
  readonly unit: string;
  readonly type: string;
  /** Where the source stands after this metric; opaque to all but the source. */
  readonly mark?: Json;
  /** Set where it shall leave soon, see `Sample.urgent`. */
  readonly urgent?: true;
  /** Set where it goes with the next one, see `Sample.withNext`. */
  readonly withNext?: true;
}

/** What is known of a payload without its body. In a spool file it is the first line. */
export interface Header {
  /** Random; sent as `Idempotency-Key`. Halves of a split payload: `<id>.0`, `<id>.1`. */
  readonly id: string;
  readonly parent?: string;
  readonly collectorId: string;
  /** Metrics by type. */
  readonly counts: Counts;
  /** First and last `seq`. */
  readonly seqs: readonly [first: number, last: number];
  /** Bytes of the body before compression. */
  readonly rawBytes: number;
  /** Bytes of the gzip body. */
  readonly bytes: number;
  /** When the window closed, ISO 8601. */
  readonly createdAt: string;
  /** The newest mark of every unit up to and including this payload. */
  readonly marks: Readonly<Record<string, Json>>;
  /** How many of its metrics carry a mark: their source can be held back, and does not read them again. Default: 0. */
  readonly marked?: number;
  /** An earlier process may have sent it, and never learned what became of it. */
  readonly attempted?: true;
  /** It was set aside as a suspect before, and gets one attempt at a time. */
  readonly suspect?: true;
}

/** A push body, gzip (RFC 1952), with its header. */
export interface Payload {
  readonly header: Header;
  readonly body: Uint8Array;
}
