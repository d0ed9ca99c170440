import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  type Observable,
  asyncScheduler,
  concatMap,
  defer,
  finalize,
  map,
  throwError,
  timer,
} from 'rxjs';
import { TransportError } from '../../src/errors.ts';
import type { Http, HttpReply, HttpRequest } from '../../src/ports/http.ts';
import { decodeFake, fakeToken } from './fakeTokens.ts';

/** What a push meets instead of being taken. */
export type Fault =
  /** 503, not stored. */
  | 'unavailable'
  /** Stored, but the answer is lost. */
  | 'lost'
  /** 401, not stored: the token is no longer good. */
  | 'unauthorized'
  /** 401, not stored: the body names another collector than the token does. */
  | 'mismatch'
  /** 413, not stored. */
  | 'too_large'
  /** 422, not stored. */
  | 'unprocessable'
  /** No answer until the deadline, not stored. */
  | 'hang';

export interface StoredPush {
  readonly key: string;
  readonly at: number;
  readonly metrics: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

export interface FakeBackendOptions {
  /** Lifetime of a token in seconds. Default 3600. */
  readonly lifetimeS?: number;
  /** How long an answer takes, in ms. Default 20. */
  readonly tookMs?: number;
  /** Its own clock, ms since 1970. Default: that of the agent's host. */
  readonly now?: () => number;
}

/** A backend in virtual time, in the place of the HTTP port: it keeps the documented contract, and has faults. */
export class FakeBackend {
  /** Taken pushes with metrics, in order, each key once. */
  readonly stored: StoredPush[] = [];
  /** Every request that was answered or given up, in order. */
  readonly requests: { name: string; at: number; status: number | null }[] = [];
  /** Keys that came with another body than before. */
  readonly mixedUp: string[] = [];
  /** What the next pushes with metrics meet, first first; undefined: nothing. */
  readonly faults: (Fault | undefined)[] = [];
  /** Nothing listens: every request is refused. */
  down = false;
  /** Every push hangs. */
  hanging = false;
  /** What it hands out; null: 404. */
  config: { readonly text: string; readonly version: number } | null = null;
  /** Requests that are on their way. */
  open = 0;
  readonly #digests = new Map<string, string>();
  readonly #revoked = new Set<string>();
  readonly #lifetimeS: number;
  readonly #tookMs: number;
  readonly #now: () => number;
  #issued = 0;
  #registered = 0;
  #token = '';

  constructor({
    lifetimeS = 3600,
    tookMs = 20,
    now = () => asyncScheduler.now(),
  }: FakeBackendOptions = {}) {
    this.#now = now;
    this.#lifetimeS = lifetimeS;
    this.#tookMs = tookMs;
  }

  /** The HTTP port. */
  readonly http: Http = (request) =>
    defer(() => {
      this.open++;
      return this.#answer(request).pipe(finalize(() => this.open--));
    });

  /** Refuses the newest token from now on; it can still be refreshed. */
  revoke(): void {
    this.#revoked.add(this.#token);
  }

  /** How many requests of a name were answered with a status, or with any. */
  count(name: string, status?: number): number {
    return this.requests.filter(
      (each) => each.name === name && (status === undefined || each.status === status),
    ).length;
  }

  /** All metrics of a type, in the order in which they were taken. */
  metrics(type: string): readonly Readonly<Record<string, unknown>>[] {
    return this.stored.flatMap(({ metrics }) => metrics.filter((each) => each.type === type));
  }

  #answer(request: HttpRequest): Observable<HttpReply> {
    const { name } = request;
    const push = name === 'push' ? this.#opened(request) : null;
    const fault = this.down || !push?.metrics.length ? undefined : this.faults.shift();
    if (this.down) return this.#fails(name, this.#tookMs, 'ECONNREFUSED');
    if (name === 'push' && (fault === 'hang' || this.hanging)) {
      return this.#fails(name, request.transport.timeoutMs, 'ETIMEDOUT');
    }
    return timer(this.#tookMs).pipe(
      map(() => this.#reply(request, push, fault)),
      concatMap((reply) => {
        if (fault === 'lost') return this.#fails(name, 0, 'ECONNRESET');
        this.#note(name, reply.status);
        return [reply];
      }),
    );
  }

  #reply(request: HttpRequest, push: Opened | null, fault: Fault | undefined): HttpReply {
    const token = (request.headers['Authorization'] ?? '').replace(/^Bearer /, '');
    switch (request.name) {
      case 'register':
        return this.#register();
      case 'refresh':
        return this.#expired(token) ? unauthorized : json(200, { token: this.issue(idOf(token)) });
      case 'config':
        if (this.#expired(token)) return unauthorized;
        return this.config === null
          ? json(404, { code: 404, message: 'none' })
          : {
              ...text(this.config.text),
              headers: { 'x-config-version': `${this.config.version}` },
            };
      default:
        return push === null ? json(200, { status: 'ok' }) : this.#take(push, token, fault);
    }
  }

  #take(push: Opened, token: string, fault: Fault | undefined): HttpReply {
    if (this.#expired(token) || this.#revoked.has(token)) return unauthorized;
    const collectorId = idOf(token);
    if (push.collectorId !== collectorId || fault === 'mismatch') {
      return json(401, { code: 401, message: 'Collector ID mismatch' });
    }
    switch (fault) {
      case 'unavailable':
        return json(503, {});
      case 'unauthorized':
        this.revoke();
        return unauthorized;
      case 'too_large':
        return json(413, { code: 413, message: 'too large' });
      case 'unprocessable':
        return json(422, { code: 422, message: 'cannot be processed' });
      default:
    }
    const scoped = `${collectorId} ${push.key}`;
    const known = this.#digests.get(scoped);
    if (known === undefined && push.metrics.length > 0) {
      this.stored.push({ key: push.key, at: this.#now(), metrics: push.metrics });
    }
    if (known !== undefined && known !== push.digest) this.mixedUp.push(push.key);
    this.#digests.set(scoped, push.digest);
    return json(200, {
      status: 'success',
      collector_id: collectorId,
      next_config_version: this.config?.version ?? 0,
    });
  }

  #opened({ body, headers }: HttpRequest): Opened {
    const bytes = body ?? new Uint8Array();
    const plain = headers['Content-Encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    const { metrics, collector_id: collectorId } = JSON.parse(Buffer.from(plain).toString()) as {
      readonly metrics: StoredPush['metrics'];
      readonly collector_id: string;
    };
    const digest = createHash('sha256').update(plain).digest('hex');
    return { key: headers['Idempotency-Key'] ?? '', collectorId, metrics, digest };
  }

  /** A new collector at each call. */
  #register(): HttpReply {
    const id = `00000000-0000-4000-8000-${String(++this.#registered).padStart(12, '0')}`;
    return json(200, { collector_id: id, token: this.issue(id) });
  }

  /** A token of this moment. */
  issue(collectorId: string): string {
    const iat = Math.floor(this.#now() / 1000);
    this.#token = fakeToken({
      collector_id: collectorId,
      iat,
      exp: iat + this.#lifetimeS,
      n: this.#issued++,
    });
    return this.#token;
  }

  #expired(token: string): boolean {
    return (decodeFake(token)?.exp ?? 0) * 1000 <= this.#now();
  }

  #fails(name: string, afterMs: number, reason: string): Observable<never> {
    return timer(afterMs).pipe(
      concatMap(() => {
        this.#note(name, null);
        return throwError(() => new TransportError(reason, `${name}: ${reason}`));
      }),
    );
  }

  #note(name: string, status: number | null): void {
    this.requests.push({ name, at: this.#now(), status });
  }
}

interface Opened extends Pick<StoredPush, 'key' | 'metrics'> {
  readonly collectorId: string;
  readonly digest: string;
}

const idOf = (token: string): string => decodeFake(token)?.collector_id ?? '';

const text = (body: string): HttpReply => ({ status: 200, headers: {}, body, complete: true });
const json = (status: number, answer: object): HttpReply => ({
  ...text(JSON.stringify(answer)),
  status,
});
const unauthorized = json(401, { code: 401, message: 'Token has expired' });
