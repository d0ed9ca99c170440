import { writeSync } from 'node:fs';
import { printable } from '../schema/printable.ts';

/** Levels of the agent's own log, most severe first. */
const levels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

export interface LogLine {
  readonly level: Level;
  readonly unit: string;
  readonly message: string;
}

/** How a line is written: its text, with the newline. */
export type LogForm = (line: LogLine) => string;

export interface Log {
  readonly write: (line: LogLine) => void;
  /** Changes level and form from the next line on; without a form, lines are readable text. */
  readonly configure: (options: { readonly level: Level; readonly form?: LogForm }) => void;
}

/**
 * The agent's own log on stderr: level `info` until it is told otherwise, one readable line each, without a time where
 * systemd's journal adds its own (`JOURNAL_STREAM` is set). For JSON see `jsonForm`.
 */
export function openLog(write = standardError()): Log {
  const text = textForm(process.env['JOURNAL_STREAM'] === undefined);
  let form = text;
  let most = levels.indexOf('info');
  return {
    write: (line) => {
      if (levels.indexOf(line.level) <= most) write(form(line));
    },
    configure: (options) => {
      most = levels.indexOf(options.level);
      form = options.form ?? text;
    },
  };
}

const textForm =
  (stamped: boolean): LogForm =>
  ({ level, unit, message }) => {
    const text = message.split('\n').map(printable).join('\n    ');
    const line = `${level.padEnd(5)} ${unit}: ${text}\n`;
    return stamped ? `${new Date().toISOString()} ${line}` : line;
  };

/**
 * Writes to stderr at once, which needs none of Node's streams: they would take a tenth of the time to the first line. As
 * soon as that cannot take all of a text (a pipe that another process has set not to wait), a stream takes over.
 */
function standardError(): (text: string) => void {
  let stream: NodeJS.WritableStream | undefined;
  function throughStream(text: string | Buffer): void {
    // A reader that went away (`2>&1 | head`) is no reason to end the agent.
    stream ??= process.stderr.on('error', () => undefined);
    stream.write(text);
  }
  return (text) => {
    if (stream) {
      throughStream(text);
      return;
    }
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      written = writeSync(2, bytes);
    } catch {
      // The stream says what is wrong, or waits.
    }
    if (written < bytes.length) throughStream(bytes.subarray(written));
  };
}
