import {
  type Observable,
  asyncScheduler,
  catchError,
  concatMap,
  defer,
  map,
  of,
  take,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import { RefusedError, TransportError, messageOf } from '../errors.ts';
import type { Decompress } from '../operators/gunzip.ts';
import type { Compress } from '../operators/gzip.ts';
import { refreshToken } from '../operators/refreshToken.ts';
import { steadyClock } from '../operators/steadyClock.ts';
import type { Http, HttpReply, HttpRequest } from '../ports/http.ts';
import type { Config } from '../schema/config.ts';
import type { Payload } from '../schema/payload.ts';
import type { Receipt, Verdict } from '../schema/receipt.ts';
import { backendRequest } from './backendRequest.ts';
import { type Encoding, bodyFor } from './bodyFor.ts';
import { cleanVerdict } from './cleanVerdict.ts';
import type { Credentials, Tokens } from './credentials.ts';
import { neverSent } from './neverSent.ts';
import { httpDate } from './retryAfter.ts';
import type { Sink } from './sink.ts';
import { verdict } from './verdict.ts';

export interface HttpsOptions {
  /** The newest at once; each attempt reads `[backend]` and `[tls]` anew. */
  readonly config$: Observable<Pick<Config, 'backend' | 'tls'>>;
  readonly http: Http;
  readonly tokens: Tokens;
  /** Of this collector, for `User-Agent`. */
  readonly version: string;
  /** Told once for each address whose backend turned out not to read gzip. */
  readonly onIdentity?: (endpoint: string) => void;
  readonly compress?: Compress;
  readonly decompress?: Decompress;
}

/** What one request came to; `reply` is null where there was no answer. */
interface Outcome {
  readonly reply: HttpReply | null;
  readonly endpoint: string;
  readonly sentBytes: number;
  readonly encoding: Encoding;
  readonly verdict: Verdict;
}

/**
 * Pushes payloads to the backend: `POST /metrics/push`, Bearer token, gzip, `Idempotency-Key` (the payload's id).
 *
 *     attempt   ^-------------------
 *     push      --(401)
 *     refresh         ---t               once, shared with all who wait
 *     push               ---(200)        same payload, same key
 *     result    --------------------r|
 *
 * With `compression = "auto"`, a 400 or 415 to a gzip body is answered with the same body as identity, within the attempt;
 * where that is taken, later bodies for this address go as identity at once. A payload that was packed under another
 * collector id is wrapped anew.
 */
export function https(options: HttpsOptions): Sink {
  const { config$, tokens } = options;
  const identityOnly = new Set<string>();
  return (payload, attempt) =>
    defer(() => {
      const passed = steadyClock();
      let last: Outcome | undefined;
      const presented = new Set<string>();
      let resent = false;
      function http(request: HttpRequest): Observable<HttpReply> {
        return options.http(request).pipe(
          tap((reply) => {
            resent ||= reply.resent === true;
          }),
        );
      }
      const remember = (outcome: Outcome): void => {
        last = outcome;
      };
      return config$.pipe(
        take(1),
        concatMap((config) =>
          refreshToken<Credentials, Outcome>(
            {
              token$: firstWithin(tokens.credentials$, config.backend.timeout * 1000),
              refresh: (stale) =>
                tokens.refresh(stale, httpDate(last?.reply?.headers['date'] ?? '')),
              refused: (outcome) => outcome.verdict.is === 'unauthorized',
            },
            (credentials) => {
              presented.add(credentials.token);
              return push(payload, credentials, { ...options, http }, identityOnly).pipe(
                tap(remember),
              );
            },
          ),
        ),
        throwIfEmpty(() => new TransportError('ERR_NO_TOKEN', 'push: there is no token any more')),
        catchError((error: unknown) => of(renewalFailed(error, last))),
        map((outcome): Receipt => ({
          ...receiptOf(payload, attempt, passed(), outcome, [...presented]),
          ...(resent && { resent: true }),
        })),
      );
    });
}

/** One push, and in `auto` mode a second one as identity. The settings are read at each. */
function push(
  payload: Payload,
  credentials: Credentials,
  options: HttpsOptions,
  identityOnly: Set<string>,
): Observable<Outcome> {
  return options.config$.pipe(
    take(1),
    concatMap((config) => {
      const { compression, url = '' } = config.backend;
      const plain = compression === 'none' || (compression === 'auto' && identityOnly.has(url));
      const first$ = send(payload, plain ? 'identity' : 'gzip', config, credentials, options);
      if (compression !== 'auto' || plain) return first$;
      return first$.pipe(
        concatMap((outcome) => {
          const status = outcome.reply?.status;
          if (status !== 400 && status !== 415) return of(outcome);
          return send(payload, 'identity', config, credentials, options).pipe(
            tap(({ verdict: { is }, endpoint }) => {
              if (is !== 'delivered') return;
              identityOnly.add(url);
              options.onIdentity?.(endpoint);
            }),
          );
        }),
      );
    }),
  );
}

/** One request. Never errors. */
function send(
  payload: Payload,
  encoding: Encoding,
  config: Pick<Config, 'backend' | 'tls'>,
  { collectorId, token, issued }: Credentials,
  { http, version, ...zlib }: HttpsOptions,
): Observable<Outcome> {
  let endpoint = config.backend.url === undefined ? '' : withoutSecrets(config.backend.url);
  let sentBytes = 0;
  return bodyFor(payload, collectorId, encoding, zlib).pipe(
    concatMap((body) => {
      const request = backendRequest(config, {
        name: 'push',
        method: 'POST',
        path: '/metrics/push',
        token,
        issued,
        version,
        headers: {
          'Content-Type': 'application/json',
          'Idempotency-Key': payload.header.id,
          ...(encoding === 'gzip' && { 'Content-Encoding': 'gzip' }),
        },
        body,
      });
      endpoint = withoutSecrets(request.url);
      sentBytes = body.length;
      return http(request);
    }),
    map((reply): Outcome => {
      const judged = verdict(reply, collectorId, asyncScheduler.now());
      return { reply, endpoint, sentBytes, encoding, verdict: judged };
    }),
    catchError((error: unknown) => {
      if (neverSent(error)) sentBytes = 0;
      const failed: Verdict = { is: 'retry', cause: messageOf(error) };
      return of({ reply: null, endpoint, sentBytes, encoding, verdict: failed });
    }),
  );
}

/** There is no token: none yet, or the refused one cannot be renewed. */
function renewalFailed(error: unknown, last: Outcome | undefined): Outcome {
  const cause = messageOf(error);
  const failed: Verdict =
    error instanceof RefusedError ? { is: 'unauthorized', cause } : { is: 'retry', cause };
  return last === undefined
    ? { reply: null, endpoint: '', sentBytes: 0, encoding: 'gzip', verdict: failed }
    : { ...last, verdict: failed };
}

function receiptOf(
  { header }: Payload,
  attempt: number,
  tookMs: number,
  { reply, endpoint, sentBytes, encoding, verdict: judged }: Outcome,
  secrets: readonly string[],
): Receipt {
  return {
    header,
    attempt,
    endpoint,
    status: reply?.status ?? null,
    sentBytes,
    encoding,
    tookMs,
    verdict: cleanVerdict(judged, secrets),
  };
}

/** Scheme, host, port and path: an address may carry a password or a key in its query. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return '';
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function firstWithin(credentials$: Tokens['credentials$'], ms: number): Tokens['credentials$'] {
  const none = new TransportError('ERR_NO_TOKEN', 'push: there is no token yet');
  return credentials$.pipe(timeout({ first: ms, with: () => throwError(() => none) }));
}
