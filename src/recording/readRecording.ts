import { Ajv } from 'ajv';
import { ReplayError } from '../errors.ts';
import { RECORDING, Recorded, RecordingHeader } from './recorded.ts';

/** A recording, read. */
export interface Recording {
  readonly header: RecordingHeader;
  /** In the order of the file: by the moment at which each was whole. */
  readonly records: readonly Recorded[];
  /** ms since 1970. */
  readonly startedAt: number;
  /** `t` of the last thing that happened in it. */
  readonly endsAt: number;
  /** `t` at which it was asked to end; else that of its end. */
  readonly stopsAt: number;
  /** Whether it ended because it had reached its bound. */
  readonly truncated: boolean;
}

/**
 * Understands the text of a recording. A last line that was cut off (the recorder was killed) is left out.
 *
 * @param name what the text is called in errors
 * @throws ReplayError where it is none, of another version, or a line is damaged
 */
export function readRecording(text: string, name: string): Recording {
  const ajv = new Ajv();
  const isHeader = ajv.compile<RecordingHeader>(RecordingHeader);
  const isRecord = ajv.compile<Recorded>(Recorded);
  const lines = text.split('\n');
  // What stands behind the last newline was not written whole.
  lines.pop();
  const [first, ...rest] = lines;
  const header = parsed(first ?? '');
  const version = (header as { recording?: unknown } | null)?.recording;
  if (typeof version === 'number' && version !== RECORDING) {
    throw new ReplayError(
      `${name}: version ${version} of the format; this program reads ${RECORDING}`,
    );
  }
  if (!isHeader(header) || Number.isNaN(Date.parse(header.startedAt))) {
    throw new ReplayError(`${name}: the first line is not the header of a recording`);
  }
  const records = rest.map((line, index) => {
    const record = parsed(line);
    if (isRecord(record)) return record;
    throw new ReplayError(`${name}: line ${index + 2} is no record`);
  });
  const endsAt = records.reduce((end, { t, tookMs = 0 }) => Math.max(end, t + tookMs), 0);
  return {
    header,
    records,
    startedAt: Date.parse(header.startedAt),
    endsAt,
    stopsAt: records.find(({ stream }) => stream === 'stop')?.t ?? endsAt,
    truncated: records.some(({ stream }) => stream === 'truncated'),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
