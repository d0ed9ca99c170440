import { type Observable, defer, filter, map, mergeMap, of } from 'rxjs';
import { defaultConfigFile } from './defaultConfigFile.ts';
import type { Command } from './command.ts';
import { UsageError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { configFile } from '../io/config/configFile.ts';
import { fileExists } from '../io/fileExists.ts';
import type { Entry } from '../schema/journal.ts';
import type { Tapped } from '../tap/view.ts';
import { agentRun } from './agentRun.ts';
import { attachedTap } from './attachedTap.ts';
import { connectionFile } from './connectionFile.ts';
import { opened } from './opened.ts';
import { picked, view } from './shown.ts';
import { type TapChoice, forReader } from './tapChoice.ts';
import { tapSocketOf } from './tapSocketOf.ts';
import { metricFields } from './metricFields.ts';
import { knownRanking, unknownFields } from './unknownFields.ts';
import { unknownServers } from './unknownServers.ts';
import { unknownTypes } from './unknownTypes.ts';
import type { World } from './world.ts';

type TapCommand = Extract<Command, { is: 'tap' }>;

/**
 * `--tap`: shows what the running agent of a configuration reads and delivers; where none runs, or there is nothing but a
 * connection, reads by itself. Never delivers.
 */
export function tap(command: TapCommand, world: World): Observable<ExitCode> {
  return defer(() => tapped(command.config, ranked(command.tap), world));
}

function tapped(file: string, choice: TapChoice, world: World): Observable<ExitCode> {
  const said = new Set<string>();
  const say = (level: 'info' | 'warn', message: string): void =>
    world.log.write({ level, unit: 'tap', message });
  const hint = (messages: readonly string[]): void => {
    for (const message of messages) if (!said.has(message)) say('warn', message);
    for (const message of messages) said.add(message);
  };
  hint(unknownTypes(choice.selection.types));
  hint(unknownFields(choice));

  function standAlone(source = configFile): Observable<Tapped> {
    return opened(
      world,
      file,
      { backend: false },
      (all) => {
        refuseDelivery(choice);
        hint(unknownServers(choice.selection.servers, all.local.config));
        say('info', 'reads by itself and shows what it reads; nothing is delivered');
        if (choice.selection.historyMs > 0) say('warn', 'no agent runs: there is no history');
        return agentRun({
          world,
          file,
          opened: { ...all, ports: { ...all.ports, configFile: source } },
          outlet: { write: () => undefined },
        }).pipe(
          // Nothing is delivered, so nothing of it is shown.
          filter(({ at }) => !onTheWay.has(at)),
          picked(choice, world),
        );
      },
      source,
    );
  }
  function ofAgent(): Observable<Tapped> {
    return opened(world, file, { backend: false }, ({ local: { config } }) => {
      hint(unknownServers(choice.selection.servers, config));
      return of(tapSocketOf(config));
    }).pipe(
      mergeMap((path) => {
        const { selection } = forReader(choice, world.output.isTerminal);
        return attachedTap(path, selection, world, defer(standAlone));
      }),
    );
  }
  function what(): Observable<Tapped> {
    if (choice.target !== null) return standAlone(connectionFile(choice.target, world));
    return fileExists(file).pipe(
      mergeMap((exists) =>
        exists || file !== defaultConfigFile ? ofAgent() : standAlone(connectionFile(null, world)),
      ),
    );
  }
  return what().pipe(
    view(choice, world),
    map((count) => {
      if (count === 0) say('warn', 'nothing was selected');
      return choice.expect && count === 0 ? exitCodes.failure : exitCodes.ok;
    }),
  );
}

const onTheWay: ReadonlySet<Entry['at']> = new Set(['batched', 'spooled', 'sent', 'acked']);

/** A live table needs only the types that have its numbers. Throws `UsageError` where none has. */
function ranked(choice: TapChoice): TapChoice {
  const { top, selection } = choice;
  if (top === null) return choice;
  const { paths } = knownRanking(top);
  if (selection.types.length > 0) return choice;
  return { ...choice, selection: { ...selection, types: metricFields().typesWith(paths) } };
}

/** Stages of delivery need an agent that delivers. */
function refuseDelivery({ selection: { at } }: TapChoice): void {
  const never = at.filter((stage) => onTheWay.has(stage));
  if (never.length === 0 || never.length < at.length) return;
  throw new UsageError(`--at ${never.join(',')} needs an agent that delivers, and none runs`);
}
