import { type Observable, of, switchMap } from 'rxjs';
import { UnavailableError } from '../../errors.ts';
import type { Host } from '../../ports/host.ts';
import type { LogSettings } from './logSettings.ts';

/** Where a server that runs without a collector writes its log to. */
export interface ServerOutput {
  readonly directory: string;
  /** The one file's name. */
  readonly filename: string;
}

/**
 * Finds the output of a server on this host that writes no log files itself: sessions have the server's stderr, and
 * `/proc/<pid>/fd/2` tells what that is where this user may see it. Null where that is no file, or not known.
 */
export function serverOutput(
  host: Pick<Host, 'platform' | 'link'>,
  { pid }: LogSettings,
): Observable<string | null> {
  if (pid === null || host.platform !== 'linux') return of(null);
  return host.link(`/proc/${pid}/exe`).pipe(
    // Processes of a container have other numbers here.
    switchMap((program) =>
      program?.includes('postgres') ? host.link(`/proc/${pid}/fd/2`) : of(null),
    ),
  );
}

/**
 * The file that the output goes to, or, where that cannot be seen, the one that Debian's packages let it go to.
 *
 * @throws UnavailableError where it goes to no file, or nobody knows where.
 */
export function outputFile(output: string | null, settings: LogSettings): ServerOutput {
  if (output !== null) {
    const [, directory, filename] = /^(\/.*)\/([^/]+)$/.exec(output) ?? [];
    if (directory !== undefined && filename !== undefined && directory !== '/dev') {
      return { directory, filename };
    }
    throw new UnavailableError(
      `the server's log goes to ${output}, not into files: set logging_collector = on, or let syslog write it and set [pg_log] format = "syslog" and directory`,
    );
  }
  const cluster =
    /^(\d+)\/([\w.-]+)$/.exec(settings.cluster) ??
    /^\/var\/lib\/postgresql\/(\d+)\/([\w.-]+)\/?$/.exec(settings.dataDirectory ?? '');
  if (cluster) {
    return {
      directory: '/var/log/postgresql',
      filename: `postgresql-${cluster[1]}-${cluster[2]}.log`,
    };
  }
  throw new UnavailableError(
    'the server does not write log files itself (logging_collector is off): set [pg_log] directory to where its output goes',
  );
}
