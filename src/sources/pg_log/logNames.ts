import type { LogFormat } from './logFormat.ts';
import type { LogSettings } from './logSettings.ts';

type Asked = Pick<LogSettings, 'collector' | 'filename'>;

/**
 * The names of the files of a format: `log_filename`. The collector replaces `.log` at its end by `.csv` or `.json`, or
 * appends it (syslogger.c). Undefined where it is not known.
 */
export function logFilename(format: LogFormat, { filename }: Asked): string | undefined {
  if (filename === '') return undefined;
  return format === 'stderr' ? filename : filename.replace(/\.log$/, '') + logSuffix(format, null);
}

/** What these names end with. */
export function logSuffix(format: LogFormat, asked: Asked | null): string {
  if (format === 'jsonlog') return '.json';
  if (format === 'csvlog') return '.csv';
  const filename = format === 'stderr' && asked?.collector ? asked.filename : '';
  if (filename === '') return '.log';
  return /\.[^.%]*$/.exec(filename)?.[0] ?? '';
}
