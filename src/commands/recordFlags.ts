import { type Command as Program, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { MIN_RECORDING_BYTES } from '../schema/minRecordingBytes.ts';
import { DEFAULT_RECORDING_BYTES, type RecordChoice } from './recordChoice.ts';

/** The flags of recording, as they are parsed. */
export interface RecordFlags {
  readonly record?: string;
  readonly maxBytes?: number;
}

/** The flags of `replay`, as they are parsed. */
export interface ReplayFlags {
  readonly speed?: number;
  readonly instant?: true;
  readonly deliver?: true;
}

/** Adds the flags of recording to a program. */
export const addRecordFlags = (program: Program): Program =>
  program
    .addOption(
      new Option(
        '--record <FILE>',
        'record what comes in at the running agent, masked, for `replay`; gzip by name. With `run` from its start on',
      ),
    )
    .addOption(
      new Option(
        '--max-bytes <N>',
        `bound of --record before compression, e.g. 16MB (default ${DEFAULT_RECORDING_BYTES})`,
      ).argParser(bytes),
    );

/** Adds the flags of `replay` to its command. */
export const addReplayFlags = (replay: Program): Program =>
  replay
    .argument('<FILE>', 'a recording')
    .addOption(
      new Option('--speed <N>', 'so many times as fast as it was: 10x (default 1x)').argParser(
        speed,
      ),
    )
    .option('--instant', 'at once; the same recording gives the same output, byte for byte')
    .option('--deliver', 'to the [backend] of --config, instead of the one that was recorded');

/** What is asked to be recorded; null without `--record`. Throws `UsageError` where flags do not go together. */
export function recordChoice({ record, maxBytes }: RecordFlags): RecordChoice | null {
  if (record !== undefined) {
    return { file: record, maxBytes: maxBytes ?? DEFAULT_RECORDING_BYTES };
  }
  if (maxBytes !== undefined) throw new UsageError('--max-bytes needs --record; see --help');
  return null;
}

/** The pace of a replay; `Infinity`: at once. Throws `UsageError` where both flags are given. */
export function replaySpeed({ speed, instant }: ReplayFlags): number {
  if (speed !== undefined && instant) {
    throw new UsageError('--speed does not go with --instant; see --help');
  }
  return instant ? Infinity : (speed ?? 1);
}

function speed(text: string): number {
  const value = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (value >= 0.01 && value <= 10_000) return value;
  throw new InvalidArgumentError('expected a number from 0.01 to 10000, e.g. 10x');
}

const units = new Map([
  ['', 1],
  ['kb', 1_000],
  ['mb', 1_000_000],
  ['gb', 1_000_000_000],
]);

function bytes(text: string): number {
  const [, number, unit] = /^(\d+)\s*([kmg]b)?$/i.exec(text) ?? [];
  const value = Number(number) * (units.get((unit ?? '').toLowerCase()) ?? NaN);
  if (value >= MIN_RECORDING_BYTES && value <= 1_000_000_000) return value;
  throw new InvalidArgumentError(`expected from ${MIN_RECORDING_BYTES} bytes to 1GB, e.g. 16MB`);
}
