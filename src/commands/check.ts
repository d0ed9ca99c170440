import { type Observable, catchError, concat, defer, from, map, of, switchMap } from 'rxjs';
import { ConfigError, messageOf } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import type { StateOwner } from '../io/stateOwner.ts';
import type { Ports } from '../ports.ts';
import type { Transport } from '../ports/http.ts';
import type { Identity } from '../ports/identity.ts';
import type { Config } from '../schema/config.ts';
import type { PgLogSettings } from '../sources/pg_log/pgLogSettings.ts';
import type { LocalConfig } from '../streams/config/localConfig.ts';
import { judgedDates } from '../streams/agent/judgedDates.ts';
import { OtherClocks } from '../streams/agent/otherClocks.ts';
import { backendFindings } from './check/backendFindings.ts';
import { type Finding, findingsAbout } from './check/finding.ts';
import { identityFindings } from './check/identityFindings.ts';
import { serverFindings } from './check/serverFindings.ts';
import { ownerOnly } from './ownerOnly.ts';

export interface CheckOptions {
  /** The configuration file's path. */
  readonly file: string;
  /** The local configuration; errors with `ConfigError`. See `loadConfig`. */
  readonly local$: Observable<LocalConfig>;
  /** The ports for a configuration. */
  readonly ports: (
    config: Config,
  ) => Pick<Ports, 'postgres' | 'host' | 'http' | 'identity' | 'jwt' | 'secret'>;
  /** Warnings of the certificates that a transport uses; errors with `CertificateError`. */
  readonly certificates: (transport: Transport) => Observable<readonly string[]>;
  readonly owner: (directory: string) => Observable<StateOwner | null>;
  readonly version: string;
}

/**
 * Everything that can be said of this installation, one finding each: configuration, servers, identity, certificates,
 * backend. Changes nothing. Errors with `FileError` where the state directory is another user's.
 */
export function check(options: CheckOptions): Observable<Finding> {
  const { file, local$, owner } = options;
  const { problem } = findingsAbout('configuration');
  const loaded$ = local$.pipe(
    map((local) => ({ local })),
    catchError((error: unknown) => {
      if (!(error instanceof ConfigError)) throw error;
      return of({ problems: error.problems.map((each) => problem(each)) });
    }),
  );
  return loaded$.pipe(
    switchMap((loaded) => {
      if ('problems' in loaded) return from(loaded.problems);
      const { config } = loaded.local;
      return ownerOnly('check', file, config.collector.state_dir, owner).pipe(
        switchMap(() => concat(configured(loaded.local, file), installed(config, options))),
      );
    }),
  );
}

function configured({ config, warnings }: LocalConfig, file: string): Observable<Finding> {
  const { ok, warning } = findingsAbout('configuration');
  const { postgres, sections } = config;
  const types = Object.values(sections).filter(({ enabled }) => enabled).length;
  const noServer =
    postgres.length > 0
      ? []
      : [warning('no PostgreSQL server is configured', '[postgres]\nhost = "localhost"')];
  const count = postgres.length === 1 ? '1 server' : `${postgres.length} servers`;
  return from([
    ok(`${file} is valid: ${count}, ${types} metric types on`),
    ...warnings.map((message) => warning(message)),
    ...noServer,
  ]);
}

function installed(config: Config, options: CheckOptions): Observable<Finding> {
  const { file, certificates, version } = options;
  const ports = options.ports(config);
  const clocks = new OtherClocks();
  const judged = judgedDates(ports, clocks, of(config));
  const log = config.sections['pg_log'] as PgLogSettings | undefined;
  const servers = config.postgres.map((settings) => serverFindings(settings, ports, log, clocks));
  const backend$ = (identity: Identity | null): Observable<Finding> =>
    backendFindings({ config, identity, ...judged, certificates, version });
  const identity$ = defer(() => ports.identity.load()).pipe(
    map((identity) => {
      if (identity) clocks.lastRun(identity.tokenArrivedAt);
      return concat(identityFindings({ file, config, identity, ports }), backend$(identity));
    }),
    // What cannot be read is neither a registration nor the lack of one.
    catchError((error: unknown) =>
      of(concat(of(findingsAbout('identity').problem(messageOf(error))), backend$(null))),
    ),
    switchMap((findings$) => findings$),
  );
  return concat(...servers, identity$);
}

/** What `check` tells the shell: a problem is a failure, a warning is not. */
export const checkExitCode = (findings: readonly Finding[]): ExitCode =>
  findings.some(({ level }) => level === 'problem') ? exitCodes.failure : exitCodes.ok;
