import type { LosslessJson } from './losslessJson.ts';

export type Endpoint =
  'register' | 'refresh' | 'push' | 'config' | 'health' | 'version' | 'unknown';

/** One request, as it came; secrets are left out. */
export interface ReceivedRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Lower-case names. `authorization` and `x-registration-secret` without their secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** When its body had come, ms since 1970, by this host's clock. */
  readonly at: number;
  /** Bytes of the body on the wire. */
  readonly bytes: number;
  /** Bytes of the body after decompression; null where it could not be decompressed. */
  rawBytes: number | null;
  readonly idempotencyKey: string | null;
  /** Subject of the client's certificate; null where it showed none. */
  readonly certificate: string | null;
  /** Claims of its token, where that was genuine and valid. */
  claims: Readonly<Record<string, unknown>> | null;
  /** The scripted fault that it met. */
  fault: string | null;
  /** What was answered; null as long as nothing was, and where nothing ever is. */
  status: number | null;
}

/** A metric as it came. 64-bit integers beyond ±(2^53 − 1) are bigints. */
export interface ReceivedMetric {
  readonly type: string;
  readonly timestamp: string;
  readonly [field: string]: LosslessJson;
}

/** A push that was accepted. */
export interface Push {
  readonly request: ReceivedRequest;
  readonly collectorId: string;
  readonly hostname: string;
  readonly timestamp: string;
  readonly version: string | null;
  readonly metrics: readonly ReceivedMetric[];
}

/** A metric that breaks its schema, or an envelope that breaks the contract without being refused. */
export interface Violation {
  readonly type: string;
  readonly problem: string;
  readonly metric: unknown;
}

interface Waiting {
  readonly check: () => void;
}

/** Everything that a backend received, and a way to wait for more. */
export class Received {
  /** All requests, in the order in which their bodies were complete. */
  readonly requests: ReceivedRequest[] = [];
  /** Accepted pushes in order, without replays. */
  readonly pushes: Push[] = [];
  /** Pushes that were answered from the memory of an earlier one with the same idempotency key. */
  readonly replays: ReceivedRequest[] = [];
  readonly violations: Violation[] = [];
  /** Codes of TLS handshakes that failed, as the server saw them. */
  readonly handshakeFailures: string[] = [];
  /** Sums that are kept whether or not the rest is. */
  readonly totals = { requests: 0, pushes: 0, replays: 0, metrics: 0, bytes: 0, rawBytes: 0 };
  /** Accepted metrics by type. */
  readonly counts = new Map<string, number>();
  readonly #keep: boolean;
  readonly #waiting = new Set<Waiting>();

  /** @param keep false keeps sums and violations only, for long loads. */
  constructor(keep = true) {
    this.#keep = keep;
  }

  /** All accepted metrics in order; those of one type where it is given. */
  metrics(type?: string): ReceivedMetric[] {
    const all = this.pushes.flatMap((push) => push.metrics);
    return type === undefined ? all : all.filter((metric) => metric.type === type);
  }

  /** The requests to one endpoint, in order. */
  to(endpoint: Endpoint): ReceivedRequest[] {
    return this.requests.filter((request) => request.endpoint === endpoint);
  }

  /** Metrics that came more than once, by their whole text: what a lost idempotency key looks like. */
  duplicates(): ReceivedMetric[] {
    const seen = new Set<string>();
    return this.metrics().filter((metric) => {
      const text = JSON.stringify(metric, (_key, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
      return seen.size === seen.add(text).size;
    });
  }

  /**
   * Resolves with the first truthy answer of `predicate`, which is asked now and after everything that comes.
   *
   * @throws when `timeoutMs` have passed, with a summary of what came instead.
   */
  waitFor<T>(predicate: (received: this) => T, timeoutMs = 30_000): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const check = () => {
        try {
          const answer = predicate(this);
          if (!answer) return;
          end();
          resolve(answer);
        } catch (error) {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const waiting = { check };
      const timer = setTimeout(() => {
        end();
        const last = this.requests.slice(-10).map((one) => `${one.endpoint} ${one.status ?? '-'}`);
        const came = `${this.totals.requests} requests came, the last: ${last.join(', ')}`;
        reject(new Error(`Waited ${timeoutMs} ms in vain for ${predicate.toString()}; ${came}`));
      }, timeoutMs);
      this.#waiting.add(waiting);
      check();
    });
  }

  /** Notes a request that is complete but not answered yet. */
  request(request: ReceivedRequest): void {
    this.totals.requests++;
    this.totals.bytes += request.bytes;
    if (this.#keep) this.requests.push(request);
    this.changed();
  }

  /** Notes an accepted push. */
  push(push: Push): void {
    this.totals.pushes++;
    this.totals.metrics += push.metrics.length;
    this.totals.rawBytes += push.request.rawBytes ?? 0;
    for (const { type } of push.metrics) this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    if (this.#keep) this.pushes.push(push);
  }

  /** Notes a push that had come before. */
  replay(request: ReceivedRequest): void {
    this.totals.replays++;
    if (this.#keep) this.replays.push(request);
  }

  /** Asks all that wait again. */
  changed(): void {
    for (const { check } of [...this.#waiting]) check();
  }
}
