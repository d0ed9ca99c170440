import type { Counts } from './json.ts';

/** What the agent itself did since its start; a sum over the journal. Bytes are bytes, times are ms. */
export interface AgentActivity {
  /** Ticks that were not polled because the poll before was still in flight, by unit. */
  readonly skipped: Counts;
  /** Failures by `code`. */
  readonly troubles: Counts;
  /** Metrics read, by type. */
  readonly metrics: Counts;
  /** The circular buffer: windows closed, their bytes before and after compression, times that it was full. */
  readonly windows: number;
  readonly rawBytes: number;
  readonly compressedBytes: number;
  readonly overflows: number;
  /** Pushes: attempts, acknowledged ones, bytes on the wire. */
  readonly attempts: number;
  readonly pushes: number;
  readonly sentBytes: number;
  /** Round trip of the last acknowledged push, or null. */
  readonly lastPushMs: number | null;
  /** Configurations that took effect, the one at the start included; the version of the newest pulled one, or null. */
  readonly configs: number;
  readonly configVersion: number | null;
}

/** The activity before anything happened. */
export const emptyActivity: AgentActivity = {
  skipped: {},
  troubles: {},
  metrics: {},
  windows: 0,
  rawBytes: 0,
  compressedBytes: 0,
  overflows: 0,
  attempts: 0,
  pushes: 0,
  sentBytes: 0,
  lastPushMs: null,
  configs: 0,
  configVersion: null,
};
