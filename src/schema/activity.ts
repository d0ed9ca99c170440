import type { Counts } from './json.ts';

/** What one source's statements of one rhythm cost a server. */
export interface ReadCost {
  /** Its source; `facts` for what is probed for all. */
  readonly source: string;
  /** The key of its section that paces it; null for what has no interval. */
  readonly key: string | null;
  /** Statements in the last 10 minutes, and the time that they took, in ms. */
  readonly statements: number;
  readonly ms: number;
  /** As configured, in s; null where it has none or is off. */
  readonly interval: number | null;
  /** In force, in s; null as `interval`. */
  readonly inForce: number | null;
}

/** What the agent's own statements cost one server in the last 10 minutes. */
export interface ServerCost {
  /** `[postgres] budget`, in percent of one session's time. */
  readonly budget: number;
  /** The share of the time that they took; of the time since the start where that is shorter. */
  readonly spent: number;
  readonly reads: readonly ReadCost[];
}

/** What the agent itself did since its start; a sum over the journal. Bytes are bytes, times are ms. */
export interface AgentActivity {
  /** Ticks that were not polled because the poll before was still in flight, by unit. */
  readonly skipped: Counts;
  /** Failures by `code`. */
  readonly troubles: Counts;
  /** Failures by unit. */
  readonly failures: Counts;
  /** Lost metrics, by type, and of each by reason. */
  readonly dropped: Readonly<Record<string, Counts>>;
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
  /** The newest costs of each server that is read. */
  readonly costs: Readonly<Record<string, ServerCost>>;
}

/** The activity before anything happened. */
export const emptyActivity: AgentActivity = {
  skipped: {},
  troubles: {},
  failures: {},
  dropped: {},
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
  costs: {},
};
