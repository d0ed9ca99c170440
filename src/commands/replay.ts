import {
  type Observable,
  concat,
  identity,
  ignoreElements,
  map,
  of,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { readRecordingFile } from '../io/readRecordingFile.ts';
import { onReplayClock } from '../io/replayClock.ts';
import { readRecording } from '../recording/readRecording.ts';
import { registry } from '../sources/registry.ts';
import { report } from '../streams/report.ts';
import type { Command } from './command.ts';
import { replayedAgent } from './replayedAgent.ts';
import { shown } from './shown.ts';
import type { World } from './world.ts';

const followers = new Set(registry.filter(({ follows }) => follows).map(({ type }) => type));

/**
 * `replay FILE`: the whole agent on a recording, on a clock that says what it said then. Against the recorded backend, or
 * with `--dry-run` onto stdout; with `--tap` it shows what flows. Nothing is read and nothing leaves this process.
 *
 * With `speed` Infinity the same recording gives the same output, byte for byte.
 */
export function replay(
  { file, speed, tap: choice, dryRun }: Extract<Command, { is: 'replay' }>,
  world: World,
): Observable<ExitCode> {
  const { log, output, stop$ } = world;
  // All of it comes in one moment: no reader is that fast, and nothing may be left out.
  const shows =
    speed === Infinity ? { ...world, output: { ...output, write: output.print } } : world;
  const replayed$ = readRecordingFile(file).pipe(
    map((text) => readRecording(text, file)),
    switchMap((recording) => {
      const { header, startedAt, truncated } = recording;
      const end = truncated ? '; it ends early, at its bound' : '';
      const message = `replays ${file}, recorded by ${header.agent} at ${header.startedAt}${end}`;
      log.write({ level: 'info', unit: 'replay', message });
      const outlet = dryRun ? { write: (body: string) => output.print(body) } : 'backend';
      return onReplayClock(replayedAgent({ recording, outlet }), { startedAt, speed });
    }),
    choice ? shown(choice, shows) : identity,
    report({ aside: followers }),
    tap((line) => log.write(line)),
    ignoreElements(),
    takeUntil(stop$),
  );
  return concat(replayed$, of(exitCodes.ok));
}
