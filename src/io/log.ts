import pino from 'pino';
import { printable } from '../schema/printable.ts';

/** Levels of the agent's own log, most severe first. */
export type Level = 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  readonly write: (line: { level: Level; unit: string; message: string }) => void;
  /** Changes level and form from the next line on. */
  readonly configure: (options: { level: Level; format: 'text' | 'json' }) => void;
}

/**
 * The agent's own log on stderr. `json`: pino's lines with `level`, `time` (ISO), `unit`, `msg`. `text`: one readable
 * line each, without a time where systemd's journal adds its own (`JOURNAL_STREAM` is set).
 */
export function openLog(stream: NodeJS.WritableStream = process.stderr): Log {
  let format: 'text' | 'json' = 'text';
  const stamped = process.env['JOURNAL_STREAM'] === undefined;
  // A reader that went away (`2>&1 | head`) is no reason to end the agent.
  stream.on('error', () => undefined);
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (json: string) => void stream.write(format === 'json' ? json : asText(json, stamped)),
    },
  );
  return {
    write: ({ level, unit, message }) => {
      logger[level]({ unit }, message);
    },
    configure: (options) => {
      logger.level = options.level;
      format = options.format;
    },
  };
}

function asText(json: string, stamped: boolean): string {
  const { level, time, unit, msg } = JSON.parse(json) as Record<string, string>;
  const text = (msg ?? '').split('\n').map(printable).join('\n    ');
  const line = `${(level ?? '').padEnd(5)} ${unit ?? ''}: ${text}\n`;
  return stamped ? `${time ?? ''} ${line}` : line;
}
