import pino from 'pino';
import type { LogForm } from './log.ts';

/** Lines of the agent's log as pino writes them: `level`, `time` (ISO 8601, UTC), `unit`, `msg`. */
export function jsonForm(): LogForm {
  let json = '';
  const logger = pino(
    {
      base: null,
      // What is written at all is the log's to say.
      level: 'debug',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        json = line;
      },
    },
  );
  return ({ level, unit, message }) => {
    logger[level]({ unit }, message);
    return json;
  };
}
