import { type Observable, asyncScheduler, catchError, map, of } from 'rxjs';
import { messageOf } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { Identity } from '../../ports/identity.ts';
import type { Config } from '../../schema/config.ts';
import { type Finding, findingsAbout, shellWord } from './finding.ts';

export interface IdentityCheck {
  /** The configuration file's path, for remedies. */
  readonly file: string;
  readonly config: Config;
  readonly identity: Identity | null;
  readonly ports: Pick<Ports, 'jwt' | 'secret'>;
}

/** Whether this collector can prove who it is: its registration and token, or its signing secret. Never errors. */
export function identityFindings(options: IdentityCheck): Observable<Finding> {
  const { config, identity, ports } = options;
  const { ok, problem } = findingsAbout('identity');
  const { mode, secret_file, registration_secret_file } = config.auth;
  const failed$ = (error: unknown): Observable<Finding> => of(problem(messageOf(error)));
  if (mode === 'shared_secret') {
    return ports.jwt.sign({}, secret_file ?? '').pipe(
      map(() => ok('signs its own tokens; the secret can be read and is long enough')),
      catchError(failed$),
    );
  }
  if (identity) return of(registered(identity, options));
  if (registration_secret_file === undefined) {
    return of(
      problem(
        'not registered, and no registration secret is configured',
        '[auth]\nregistration_secret_file = "/etc/pganalytics/registration.secret"',
      ),
    );
  }
  return ports.secret(registration_secret_file).pipe(
    map(() => ok('not registered yet; the agent registers itself when it starts')),
    catchError(failed$),
  );
}

function registered(identity: Identity, { file, config, ports }: IdentityCheck): Finding {
  const { ok, warning } = findingsAbout('identity');
  const { collectorId, token, expiresAt } = identity;
  const { exp } = ports.jwt.decode(token) ?? {};
  const end = exp === undefined ? Date.parse(expiresAt ?? '') : exp * 1000;
  const who = `registered as collector ${collectorId}`;
  if (identity.foreign) {
    const copied = `${config.collector.state_dir} was made on another machine, as collector ${collectorId}`;
    return warning(`${copied}: this host becomes a collector of its own when the agent starts`);
  }
  if (!Number.isFinite(end)) return ok(who);
  const until = new Date(end).toISOString();
  if (end > asyncScheduler.now()) return ok(`${who}; the token is valid until ${until}`);
  const { reregister, registration_secret_file } = config.auth;
  if (reregister === 'when_expired' && registration_secret_file !== undefined) {
    return warning(`${who}; the token expired on ${until}: the agent will register anew`);
  }
  return warning(
    `${who}; the token expired on ${until} and cannot be refreshed`,
    `pganalytics-collector register --force --config ${shellWord(file)}`,
  );
}
