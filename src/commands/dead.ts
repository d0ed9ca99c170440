import {
  type Observable,
  asyncScheduler,
  catchError,
  concat,
  defer,
  ignoreElements,
  map,
  of,
  switchMap,
  tap,
  throwError,
} from 'rxjs';
import { FileError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exitCodes.ts';
import { type AsidePayload, asideList } from '../io/spool/asideList.ts';
import { stateOwner } from '../io/stateOwner.ts';
import { beside } from '../operators/beside.ts';
import { holding } from '../operators/holding.ts';
import type { AsideName, Spool } from '../ports/spool.ts';
import { sumOf } from '../schema/json.ts';
import { plain } from '../tap/quantity.ts';
import { spoolLimits } from '../streams/pipeline/spoolLimits.ts';
import { ask } from './ask.ts';
import type { Command } from './command.ts';
import { choose } from './dead/choose.ts';
import { showAside } from './dead/showAside.ts';
import { type Opened, opened } from './opened.ts';
import { ownerOnly } from './ownerOnly.ts';
import { type AsideOrder, asideRequest } from './tapRequest.ts';
import { tapSocketOf } from './tapSocketOf.ts';
import type { World } from './world.ts';

type DeadCommand = Extract<Command, { is: 'dead' }>;

/**
 * `dead`: shows what the backend refused and what else was set aside, lets it be sent again, or removes it. Where an agent
 * runs it is asked to do that; where none does, the command works on the files itself, under the agent's lock.
 *
 * Fails where something could not be done. Errors with `UsageError` for payloads that are not there, and with `FileError`.
 */
export function dead(command: DeadCommand, world: World): Observable<ExitCode> {
  const { config: file, work, json } = command;
  const { output } = world;
  const print = (lines: readonly string[], data: unknown): void => {
    output.print(json ? JSON.stringify(data, null, 2) : lines.join('\n'));
  };
  return opened(world, file, { backend: false, spool: 'state' }, (all) => {
    const { state_dir } = all.local.config.collector;
    return ownerOnly(`dead ${work}`, file, state_dir, stateOwner).pipe(
      switchMap(() => asideList(state_dir)),
      switchMap((payloads) => {
        if (work === 'list') {
          print(showAside(payloads, asyncScheduler.now()), { payloads });
          return of(exitCodes.ok);
        }
        const chosen = choose(payloads, { work, wanted: command.wanted });
        const order = { work, names: chosen.map(({ name }) => name) };
        return carriedOut(order, all, world).pipe(
          map(({ done, by }) => {
            const missed = chosen.filter(({ name }) => !done.includes(name));
            const made = chosen.filter(({ name }) => done.includes(name));
            print(told(work, made, missed, by), {
              [work === 'retry' ? 'retried' : 'dropped']: made.map(({ name }) => name),
              failed: missed.map(({ name }) => name),
            });
            return missed.length > 0 ? exitCodes.failure : exitCodes.ok;
          }),
        );
      }),
    );
  });
}

interface CarriedOut {
  readonly done: readonly AsideName[];
  readonly by: 'agent' | 'command';
}

function carriedOut(
  order: AsideOrder,
  { local: { config }, ports }: Opened,
  { log }: World,
): Observable<CarriedOut> {
  if (order.names.length === 0) return of({ done: [], by: 'agent' });
  function within(spool: Spool): Observable<readonly AsideName[]> {
    const news$ = spool.news$.pipe(
      tap((news) => {
        if (!('message' in news)) return;
        const level = news.is === 'trouble' ? 'error' : 'warn';
        log.write({ level, unit: 'spool', message: news.message });
      }),
    );
    return concat(spool.aside[order.work](order.names), spool.close().pipe(ignoreElements())).pipe(
      beside(news$),
    );
  }
  const alone$ = ports.spool(spoolLimits(config.spool)).pipe(
    holding(within),
    map((done): CarriedOut => ({ done, by: 'command' })),
    catchError((error: unknown) => {
      if (config.tap.enabled || !(error instanceof FileError)) throw error;
      const hint = 'a running agent takes orders only where [tap] enabled = true';
      return throwError(() => new FileError(`${error.message}; ${hint}`));
    }),
  );
  return ask<readonly AsideName[]>(tapSocketOf(config), asideRequest(order)).pipe(
    switchMap((done) => (done ? of<CarriedOut>({ done, by: 'agent' }) : defer(() => alone$))),
  );
}

function told(
  work: 'retry' | 'drop',
  made: readonly AsidePayload[],
  missed: readonly AsidePayload[],
  by: CarriedOut['by'],
): string[] {
  if (made.length + missed.length === 0) return ['nothing is set aside'];
  const metrics = made.reduce((sum, { counts }) => sum + sumOf(counts ?? {}), 0);
  const what = `${made.length} ${made.length === 1 ? 'payload' : 'payloads'} with ${plain(metrics)} metrics`;
  const when = by === 'agent' ? 'the agent sends them now' : 'they are sent when the agent runs';
  const numbers = missed.map(({ number }) => number).join(', ');
  return [
    work === 'retry' ? `${what} wait again: ${when}` : `${what} removed`,
    ...(missed.length > 0
      ? [`not done: ${numbers}; the agent's log and \`dead list\` tell more`]
      : []),
  ];
}
