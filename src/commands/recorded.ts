import {
  type Observable,
  asyncScheduler,
  concat,
  defer,
  ignoreElements,
  merge,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { openRecording } from '../io/recordingFile.ts';
import { beside } from '../operators/beside.ts';
import type { RecordingHeader } from '../recording/recorded.ts';
import { recordedPorts } from '../recording/recordedPorts.ts';
import { registry } from '../sources/registry.ts';
import { version } from '../schema/version.ts';
import type { Opened } from './opened.ts';
import type { RecordChoice } from './recordChoice.ts';
import type { World } from './world.ts';

/**
 * Works with ports that are recorded into a file while it does, and closes the file afterwards. Errors with `FileError`
 * where the file exists or cannot be created; where it cannot be written later, that is said and the work goes on.
 */
export function recorded<T>(
  choice: RecordChoice,
  world: Pick<World, 'log' | 'stop$' | 'reload$' | 'environment'>,
  opened: Opened,
  work: (opened: Opened) => Observable<T>,
): Observable<T> {
  const { log, stop$, reload$, environment } = world;
  const say = (level: 'info' | 'warn', message: string): void =>
    log.write({ level, unit: 'recording', message });
  return opened.ports.host.facts().pipe(
    take(1),
    switchMap(({ hostname, nodeVersion }) =>
      defer(() => {
        const startedAt = asyncScheduler.now();
        const { file: path, maxBytes, scenario } = choice;
        const header: RecordingHeader = {
          recording: 1,
          startedAt: new Date(startedAt).toISOString(),
          agent: version,
          node: nodeVersion,
          platform: opened.ports.host.platform,
          maxBytes,
          types: [...new Set(registry.map(({ type }) => type))],
          ...(scenario !== undefined && { scenario }),
        };
        const file = openRecording(path, {
          maxBytes,
          truncated: () => {
            const t = Math.round(asyncScheduler.now() - startedAt);
            return JSON.stringify({ t, stream: 'truncated', kind: 'C' });
          },
          onError: ({ message }) => say('warn', `${message}; the recording ends here`),
        });
        let whole = file.write(JSON.stringify(header));
        const { ports, signal } = recordedPorts(
          opened.ports,
          (record) => {
            if (!whole) return;
            whole = file.write(JSON.stringify(record));
            if (!whole) say('warn', `${path} has reached its bound; the agent goes on`);
          },
          {
            startedAt,
            places: new Map([
              ...namesOf(environment),
              [hostname, 'host'] as const,
              ...(choice.places ?? []),
            ]),
            isPublic: (key) => opened.rules.compiled.publicNames.has(key),
          },
        );
        say('info', `records into ${path}`);
        const signals$ = merge(
          stop$.pipe(tap(() => signal('stop'))),
          reload$.pipe(tap(() => signal('reload'))),
        );
        const { close } = opened.ports;
        const closed$ = defer(() => file.close()).pipe(ignoreElements());
        return concat(
          work({ ...opened, ports: { ...ports, close } }).pipe(beside(signals$)),
          closed$,
        );
      }),
    ),
  );
}

/** The user's folders. */
function namesOf(environment: World['environment']): readonly (readonly [string, string])[] {
  const { HOME: home, TMPDIR: temporary } = environment;
  return [
    [home ?? '', '/home/user'],
    [temporary?.replace(/\/+$/, '') ?? '', '/tmp'],
  ];
}
