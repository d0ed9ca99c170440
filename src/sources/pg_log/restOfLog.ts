import type { LogFormat } from './logFormat.ts';
import { logFilename, logSuffix } from './logNames.ts';
import type { LogSettings } from './logSettings.ts';

/** Where the server's collector puts what is no message, beside the messages in another format. */
export interface RestOfLog {
  readonly filename: string;
  readonly suffix: string;
  /** Whether the same files hold the messages too, in the form stderr. */
  readonly mixed: boolean;
  /** `log_line_prefix` */
  readonly prefix: string;
}

/**
 * What programs that the server runs (archive_command), libraries and the C library write to stderr is no message: the
 * collector puts it into the file of the form stderr, which it always keeps, whatever log_destination says (syslogger.c).
 */
export function restOfLog(format: LogFormat, asked: LogSettings | null): RestOfLog | undefined {
  if (!asked?.collector || (format !== 'jsonlog' && format !== 'csvlog')) return undefined;
  const filename = logFilename('stderr', asked);
  if (filename === undefined) return undefined;
  const mixed = asked.destinations.includes('stderr');
  return { filename, suffix: logSuffix('stderr', asked), mixed, prefix: asked.prefix };
}
