import type { Endpoint, ReceivedRequest } from './received.ts';

/** Something that goes wrong with one request. What is "handled" took effect: a push is stored, a token issued. */
export type Fault =
  /** Answered so, not handled. `body`: text as it is, anything else as JSON. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** 200 and a page, as a captive portal answers; not handled. */
  | { readonly kind: 'html' }
  /** 307 to another place; not handled. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Handled slowly: answered `ms` later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Never answered, not handled. */
  | { readonly kind: 'hang' }
  /** The connection is reset (RST), not handled. */
  | { readonly kind: 'reset' }
  /** Handled, but the connection ends without an answer. */
  | { readonly kind: 'lost' }
  /** Handled, but the connection ends in the middle of the answer's body. */
  | { readonly kind: 'cut' }
  /** Handled, but the answer's body comes byte by byte, one each `everyMs`. */
  | { readonly kind: 'drip'; readonly everyMs: number };

export interface FaultOptions {
  /** How many requests it meets. Default: 1. `Infinity`: until `clear`. */
  readonly times?: number;
  /** Only requests for which this holds. Default: all. */
  readonly when?: (request: ReceivedRequest) => boolean;
}

interface Planned {
  readonly endpoint: Endpoint | 'any';
  readonly fault: Fault;
  readonly when: (request: ReceivedRequest) => boolean;
  left: number;
}

/** The queue of faults: each request takes the first that is meant for it. */
export class Faults {
  #planned: Planned[] = [];

  /** Plans a fault behind those that are planned already. */
  add(endpoint: Endpoint | 'any', fault: Fault, options: FaultOptions = {}): this {
    const { times = 1, when = () => true } = options;
    this.#planned.push({ endpoint, fault, when, left: times });
    return this;
  }

  /** Forgets what is planned, for one endpoint or for all. */
  clear(endpoint?: Endpoint | 'any'): void {
    this.#planned = this.#planned.filter(
      (each) => endpoint !== undefined && each.endpoint !== endpoint,
    );
  }

  /** How many are still to come. */
  get left(): number {
    return this.#planned.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault that this request meets. */
  take(request: ReceivedRequest): Fault | undefined {
    const planned = this.#planned.find(
      ({ endpoint, when }) =>
        (endpoint === 'any' || endpoint === request.endpoint) && when(request),
    );
    if (planned && --planned.left <= 0) this.#planned.splice(this.#planned.indexOf(planned), 1);
    return planned?.fault;
  }
}
