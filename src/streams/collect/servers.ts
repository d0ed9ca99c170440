import { type Observable, defer, map, of, shareReplay, switchMap, take, tap } from 'rxjs';
import { OtherServerError, QueryError, UnreachableError } from '../../errors.ts';
import { steadyClock } from '../../operators/steadyClock.ts';
import type { Query, Server } from '../../ports/server.ts';
import type { ServerSettings } from '../../schema/config.ts';
import { connectionOf } from '../../schema/connectionOf.ts';
import { probe } from '../../sources/probe.ts';
import type { MonitoredServer } from '../../sources/source.ts';
import { MissingRights } from './missingRights.ts';

/** Facts are probed again after this long, in ms: an extension update or a GRANT needs no restart. */
const FACTS_LIFE_MS = 3_600_000;

/** SQLSTATEs that say that the facts are wrong: unknown column, unknown function, no right, not supported. */
const DOUBTS: ReadonlySet<string> = new Set(['42703', '42883', '42501', '0A000']);

interface Known {
  readonly facts$: ReturnType<MonitoredServer['facts']>;
  readonly until: number;
  /** What they were probed with: other connection settings mean another server. */
  readonly of: string;
  /** Unset while it is probed. */
  facts?: NonNullable<ReturnType<MonitoredServer['knownFacts']>>;
}

/**
 * A server as sources see it: its queries, and its facts, probed when they are first asked for and shared by all.
 *
 *     facts()     a----b----------c-----d      two at once share one probe
 *     probe       ---f|           |     ---g|
 *     result      ---f-f----------f--------g   forgotten before the last
 *
 * Facts live for an hour. They are forgotten where another server (or start of it) answers than they are of (where that is
 * not told: after a lost connection), by `forget()`, with other connection settings, and where a query fails with a
 * SQLSTATE that doubts them; there only once per query until the hour is over, so that a missing right does not make every
 * tick probe. What needs a right that the role lacks is tried as seldom, and at once over other connection settings, on another
 * start or server, and after `forget()`; see `MissingRights`.
 */
export function monitored(
  name: string,
  server: Server,
  settings$: Observable<ServerSettings>,
): MonitoredServer {
  let known: Known | undefined;
  const clock = steadyClock();
  const doubted = new Set<string>();
  const rights = new MissingRights(FACTS_LIFE_MS);
  let doubtedUntil = 0;
  /** The connection that it was asked over before. */
  let connection: string | undefined;

  const forget = (): void => {
    known = undefined;
  };
  const doubt = (error: unknown, { start }: Query): void => {
    // Else what answers next tells whether it is the same: while nobody is let in, who is connected can go on.
    if (error instanceof UnreachableError && known?.facts?.start === '') forget();
    // Others may have found that out before, and probed anew.
    if (error instanceof OtherServerError && known?.facts?.start === start) {
      rights.forget();
      forget();
    }
    if (!(error instanceof QueryError) || !DOUBTS.has(error.sqlstate)) return;
    const now = clock();
    if (now >= doubtedUntil) {
      doubted.clear();
      doubtedUntil = now + FACTS_LIFE_MS;
    }
    const which = `${error.query} ${error.sqlstate}`;
    if (doubted.has(which)) return;
    doubted.add(which);
    forget();
  };
  function query(read: Query): ReturnType<Server['query']> {
    return rights
      .send(read, server.query)
      .pipe(tap({ error: (error: unknown) => doubt(error, read) }));
  }
  function facts(): ReturnType<MonitoredServer['facts']> {
    return settings$.pipe(
      take(1),
      switchMap((settings) => {
        const through = connectionOf(settings);
        // Another role may have what this one lacked.
        if (through !== connection) rights.forget();
        connection = through;
        const now = clock();
        if (known && known.of === through && now < known.until) {
          // What is shared is gone where whoever waited for it left with it: where the next read failed at once.
          return known.facts ? of(known.facts) : known.facts$;
        }
        const mine: Known = {
          of: through,
          until: now + FACTS_LIFE_MS,
          facts$: defer(() => probe(query, settings)).pipe(
            tap({
              next: (facts) => {
                mine.facts = facts;
                rights.learn(facts.has);
              },
              error: () => {
                if (known === mine) forget();
              },
            }),
            shareReplay({ bufferSize: 1, refCount: true }),
          ),
        };
        known = mine;
        return mine.facts$;
      }),
    );
  }

  const seen: MonitoredServer = {
    name,
    query,
    connection: server.connection,
    ...(server.pgbouncer && { pgbouncer: server.pgbouncer }),
    settings$: settings$.pipe(map(withoutPassword)),
    facts,
    knownFacts: () => known?.facts ?? null,
    forget: () => {
      doubted.clear();
      rights.forget();
      forget();
    },
  };
  return seen;
}

function withoutPassword(settings: ServerSettings): ServerSettings {
  const { password, ...rest } = settings;
  return password === undefined ? settings : rest;
}
