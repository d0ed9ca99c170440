import { anyPrefix } from '../../postgres/logs/prefix/anyPrefix.ts';
import { assembleCsv } from '../../postgres/logs/csv/assembleCsv.ts';
import { assembleJson } from '../../postgres/logs/json/assembleJson.ts';
import { assembleStderr } from '../../postgres/logs/stderr/assembleStderr.ts';
import { assembleSyslog } from '../../postgres/logs/stderr/assembleSyslog.ts';
import type { Assembly } from '../../postgres/logs/assembly.ts';
import { logTimestamp } from '../../postgres/logs/logTimestamp.ts';
import { type Prefix, compilePrefix } from '../../postgres/logs/prefix/prefix.ts';
import { textReader } from '../../postgres/logs/rawText.ts';
import type { FollowedLog } from './followedLog.ts';

/** How the lines of a log become messages. */
export interface LogReader {
  readonly assembly: Assembly;
  /** Reads the prefix of a line; of no use for csvlog and jsonlog. */
  readonly prefix: Prefix;
  /** The server says that it writes another prefix from now on. */
  readonly addPrefix: (prefix: string) => void;
}

/** Puts together how a log is read: its format, encoding, time zone and prefix. */
export function logReader({
  format,
  prefix,
  major,
  zone,
  encoding,
  ident,
}: FollowedLog): LogReader {
  const timestamp = logTimestamp(zone);
  const textOf = textReader(encoding);
  const lines = anyPrefix(compilePrefix(prefix, major, textOf));
  const options = { prefix: lines.prefix, timestamp, textOf };
  return {
    assembly:
      format === 'jsonlog'
        ? assembleJson(timestamp, textOf)
        : format === 'csvlog'
          ? assembleCsv({ timestamp, textOf })
          : format === 'syslog'
            ? assembleSyslog({ ...options, ident })
            : assembleStderr(options),
    prefix: lines.prefix,
    addPrefix: (other) => {
      lines.add(compilePrefix(other, major, textOf));
    },
  };
}
