import {
  type Observable,
  connect,
  filter,
  identity,
  ignoreElements,
  last,
  map,
  merge,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { stateFree } from '../io/lock/stateFree.ts';
import { readRecordingFile } from '../io/readRecordingFile.ts';
import { realNow } from '../io/realNow.ts';
import { onReplayClock } from '../io/replayClock.ts';
import type { Ports } from '../ports.ts';
import { deliveredPorts } from '../recording/deliveredPorts.ts';
import { type Recording, readRecording } from '../recording/readRecording.ts';
import { registry } from '../sources/registry.ts';
import { lostOf } from '../streams/journal/books.ts';
import { report } from '../streams/report.ts';
import type { Command } from './command.ts';
import { opened } from './opened.ts';
import { replayedAgent } from './replayedAgent.ts';
import { shown } from './shown.ts';
import type { World } from './world.ts';

const followers = new Set(registry.filter(({ follows }) => follows).map(({ type }) => type));

/** What of the outside world is real; undefined: nothing. */
type Real = ((ports: Ports) => Ports) | undefined;

/**
 * `replay FILE`: the whole agent on a recording, on a clock that says what it said then. Against the recorded backend, with
 * `--dry-run` onto stdout, with `--deliver` to the backend of a configuration; with `--tap` it shows what flows. But for
 * that backend nothing is read and nothing leaves this process.
 *
 * With `speed` Infinity the same recording gives the same output, byte for byte. Fails where something that was to be
 * delivered could not be.
 */
export function replay(
  { file, speed, tap: choice, dryRun, deliver }: Extract<Command, { is: 'replay' }>,
  world: World,
): Observable<ExitCode> {
  const { log, output, stop$ } = world;
  // All of it comes in one moment: no reader is that fast, and nothing may be left out.
  const shows =
    speed === Infinity ? { ...world, output: { ...output, write: output.print } } : world;
  function replayed(real: Real): Observable<ExitCode> {
    return readRecordingFile(file).pipe(
      map((text) => readRecording(text, file)),
      switchMap((recording) => {
        const { header, startedAt, stopsAt } = recording;
        const end = endOf(recording);
        const message = `replays ${file}, recorded by ${header.agent} at ${header.startedAt}${end}`;
        log.write({ level: 'info', unit: 'replay', message });
        const outlet = dryRun ? { write: (body: string) => output.print(body) } : 'backend';
        const agent$ = replayedAgent({ recording, outlet, ...(real && { real }) });
        // A real backend gets the time to take what is left.
        const clock = real ? { realFrom: startedAt + stopsAt } : {};
        return onReplayClock(agent$, { startedAt, speed, ...clock });
      }),
      choice ? shown(choice, shows) : identity,
      connect((entries$) =>
        merge(
          entries$.pipe(
            report({ aside: followers }),
            tap((line) => log.write(line)),
            ignoreElements(),
          ),
          entries$.pipe(
            filter((entry) => entry.at === 'ended'),
            map(({ books }) => (real && lostOf(books) > 0 ? exitCodes.failure : exitCodes.ok)),
          ),
        ),
      ),
      takeUntil(stop$),
      last(null, exitCodes.ok),
    );
  }
  return deliver === null ? replayed(undefined) : delivered(deliver, world, replayed);
}

/** What a reader must know of the end of a recording. */
function endOf({ records, truncated }: Recording): string {
  if (!records.some(({ stream }) => stream === 'config')) {
    return '; it was cut before a configuration was read: there is nothing to replay';
  }
  return truncated ? '; it ends early, at its bound' : '';
}

/** Hands over the real ports of a configuration, whose state directory no agent may use meanwhile. */
function delivered(
  config: string,
  world: World,
  work: (real: Real) => Observable<ExitCode>,
): Observable<ExitCode> {
  return opened(world, config, { backend: true }, ({ local, ports }) =>
    stateFree(local.config.collector.state_dir).pipe(
      switchMap(() =>
        work((replayed) => deliveredPorts(replayed, { real: ports, local: local.data, realNow })),
      ),
    ),
  );
}
