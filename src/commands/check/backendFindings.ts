import { type Observable, catchError, concatMap, defer, from, map, of } from 'rxjs';
import { codeOf, messageOf } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { HttpReply, Transport } from '../../ports/http.ts';
import type { Identity } from '../../ports/identity.ts';
import type { Config } from '../../schema/config.ts';
import { backendRequest } from '../../sinks/backendRequest.ts';
import { type Finding, findingsAbout, shellWord } from './finding.ts';

export interface BackendCheck {
  readonly config: Config;
  readonly identity: Identity | null;
  readonly http: Ports['http'];
  /** Warnings of the certificates that a transport uses; errors with `CertificateError`. */
  readonly certificates: (transport: Transport) => Observable<readonly string[]>;
  readonly version: string;
}

/** The certificates towards the backend and its `/health`. Never errors. */
export function backendFindings(options: BackendCheck): Observable<Finding> {
  const { config, identity, http, certificates, version } = options;
  const { url } = config.backend;
  const { warning } = findingsAbout('backend');
  if (url === undefined) return of(warning('[backend] url is not set: nothing is delivered'));
  return defer(() => {
    const issued =
      identity?.certificate && identity.privateKey
        ? { certificate: identity.certificate, privateKey: identity.privateKey }
        : null;
    const request = backendRequest(config, {
      name: 'health',
      method: 'GET',
      path: '/health',
      issued,
      version,
    });
    const about = findingsAbout('certificates');
    return certificates(request.transport).pipe(
      map((warnings) =>
        warnings.length > 0
          ? warnings.map((message) => about.warning(message))
          : [about.ok('those that are configured parse, fit and are valid')],
      ),
      catchError((error: unknown) => of([about.problem(messageOf(error))])),
      concatMap((found) => {
        const usable = found.every(({ level }) => level !== 'problem');
        if (!usable) return from(found);
        const health$ = http(request).pipe(map((reply) => health(reply, request.url)));
        return from([of(...found), health$]).pipe(concatMap((each$) => each$));
      }),
    );
  }).pipe(catchError((error: unknown) => of(unreachable(error, url))));
}

function health({ status, body }: HttpReply, address: string): Finding {
  const { ok, problem } = findingsAbout('backend');
  const ask = `curl -i ${shellWord(address)}`;
  if (status !== 200) return problem(`${address} answers ${status}: not healthy`, ask);
  const answer = jsonOf(body);
  if (answer === null) return problem(`${address} answers 200, but not as a backend does`, ask);
  if (answer['database_ok'] === false) return problem('the backend has lost its database', ask);
  const version = typeof answer['version'] === 'string' ? ` (version ${answer['version']})` : '';
  return ok(`${address} is healthy${version}`);
}

function jsonOf(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function unreachable(error: unknown, url: string): Finding {
  const { problem } = findingsAbout('backend');
  const remedy = codeOf(error) === 'ERR_TRANSPORT' ? `curl -v ${shellWord(url)}` : undefined;
  return problem(messageOf(error), remedy);
}
