import { type Observable, asyncScheduler, switchMap, take, tap, throwError } from 'rxjs';
import type { Query, Server } from '../ports/server.ts';
import type { SectionSettings, ServerSettings } from '../schema/config.ts';
import type { Entry } from '../schema/journal.ts';
import type { ServerSource } from '../sources/source.ts';
import { CatalogLocks } from './governor/catalogLocks.ts';
import { costs } from './governor/costs.ts';
import { Pacing } from './governor/pacing.ts';
import { Rests } from './governor/rests.ts';
import { rhythmsOf } from './governor/rhythms.ts';
import { Spending } from './governor/spending.ts';

/** How often it looks at what was spent, in ms; first when the reads of the start are behind. */
const LOOK_MS = 30_000;
const FIRST_LOOK_MS = 60_000;
/** A budget of so many percent is none. */
const UNLIMITED = 100;

export interface GovernorOptions {
  /** `[postgres] name` */
  readonly name: string;
  readonly port: Server;
  readonly settings$: Observable<ServerSettings>;
  /** All that read this server. */
  readonly sources: readonly ServerSource[];
  readonly note: (entry: Entry) => void;
}

/** What keeps the agent from being a burden to one server. */
export interface Governor {
  /** The server: its statements are timed, those that keep timing out rest, and none waits behind a lock on a catalog twice. */
  readonly server: Server;
  /** The settings of a source with the intervals that the budget allows. */
  readonly paced: <S extends SectionSettings>(type: string, given$: Observable<S>) => Observable<S>;
  /** Says that the server is read no more. */
  readonly close: () => void;
}

/**
 * Measures what the agent's statements cost a server, and keeps that within `[postgres] budget`: where what all sources
 * ask for would cost more, their intervals are stretched, in the order of `shedding`, and relaxed when it costs less.
 *
 *     interval (s)   60---------------------------------
 *     cost (ms)      -5---5---900--900-----------5---5--
 *     in force (s)   60------------240--------------60--     each change is noted
 *
 * It relaxes nothing for ten minutes after it stretched anything: what costs now more, now less, is not taken to and fro.
 *
 * The cost is the time that statements take, seen from here: with a slow network a server is charged for more than it
 * did, never for less. It looks where a statement ends, at most twice a minute.
 */
export function governor({ name, port, settings$, sources, note }: GovernorOptions): Governor {
  const rhythms = rhythmsOf(sources);
  const pacing = new Pacing(rhythms);
  const rests = new Rests();
  const locks = new CatalogLocks();
  let spending: Spending | undefined;
  let lookAt = 0;
  let budget = UNLIMITED;

  const took = (query: string, ms: number): void => {
    const now = asyncScheduler.now();
    if (!spending) {
      spending = new Spending(now - ms);
      lookAt = now + FIRST_LOOK_MS;
    }
    spending.add(query, ms, now);
    pacing.add(query, ms, now);
    const isSetBack = lookAt - now > FIRST_LOOK_MS;
    if (now < lookAt && !isSetBack) return;
    lookAt = now + LOOK_MS;
    for (const { source, key, from, to } of pacing.adjust(perSecond(budget), now)) {
      const why = to > from ? `more than the budget of ${budget} %` : 'less than before';
      const message = `reading ${name} costs ${why}: [${source}] ${key} goes from ${from} to ${to} s`;
      note({ at: 'notice', unit: `${name}/${source}`, message });
    }
    const cost = costs({ spending, now, budget, rhythms, pacing });
    note({ at: 'cost', server: name, cost });
  };

  function timed(read: Query): ReturnType<Server['query']> {
    return port.query({
      ...read,
      took: (ms) => {
        took(read.name, ms);
        read.took?.(ms);
      },
    });
  }
  function query(read: Query): ReturnType<Server['query']> {
    const which = read.database === undefined ? read.name : `${read.name} (${read.database})`;
    return settings$.pipe(
      take(1),
      switchMap((settings) => {
        ({ budget } = settings);
        const refusal = rests.refusal(which, asyncScheduler.now());
        return refusal ? throwError(() => refusal) : locks.send(which, read, { query: timed });
      }),
      tap({
        error: (error: unknown) => rests.ended(which, error, asyncScheduler.now()),
        complete: () => rests.ended(which, null, asyncScheduler.now()),
      }),
    );
  }

  const governed: Governor = {
    server: { ...port, query },
    paced: (type, given$) => pacing.paced(type, given$),
    close: () => {
      if (spending) note({ at: 'cost', server: name, cost: null });
    },
  };
  return governed;
}

/** A budget in ms per s. */
const perSecond = (percent: number): number => (percent >= UNLIMITED ? Infinity : percent * 10);
