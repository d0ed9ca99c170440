import { Observable, defer } from 'rxjs';
import { UnreachableError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import type { Query, Row, Server } from '../../ports/server.ts';
import { connectionOf } from '../../schema/connectionOf.ts';
import { isLocal } from '../../schema/isLocal.ts';
import { connector } from './connector.ts';
import { type Lane, type LaneOptions, type Target, lane } from './lane.ts';
import { type PasswordSources, passwordOf } from './password.ts';
import { askPgbouncer } from './pgbouncer.ts';
import { openSession } from './session.ts';

/** How databases other than the maintenance one are visited: an idle session blocks `DROP DATABASE`. */
const brief = { maxAgeMs: 2000, maxIdleMs: 250, connectEveryMs: 1000, followUpMs: 20 } as const;

/**
 * The port to PostgreSQL servers.
 *
 * Each subscription serves one server over three lanes of one connection each. Newest settings count from the next
 * query on; the running one ends on its old connection. Unsubscribing cancels what runs and ends all connections.
 */
export const postgres =
  (passwords: PasswordSources): Ports['postgres'] =>
  (settings$) =>
    new Observable<Server>((subscriber) => {
      let newest: Target | undefined;
      let serving: Serving | undefined;
      subscriber.add(() => serving?.close());
      subscriber.add(
        settings$.subscribe({
          next: (settings) => {
            const connection = connectionOf(settings);
            if (newest && connectionOf(newest.settings) === connection) return;
            newest = { settings, generation: (newest?.generation ?? 0) + 1 };
            if (serving) serving.refresh();
            else {
              serving = serve(() => newest as Target, passwords);
              subscriber.next(serving.server);
            }
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });

interface Serving {
  readonly server: Server;
  readonly refresh: () => void;
  readonly close: () => void;
}

function serve(target: () => Target, passwords: PasswordSources): Serving {
  const connections = connector();
  const known = {
    connectMs: null as number | null,
    pooler: false,
    generation: 0,
    start: null as string | null,
  };
  const open =
    (fast: boolean): LaneOptions['open'] =>
    async ({ settings, generation }, database, onDial) => {
      const pooler = known.pooler && known.generation === generation;
      const password = passwordOf(passwords);
      const session = await openSession({ settings, database, onDial, pooler, password });
      Object.assign(known, { pooler: session.pooler, generation, start: session.start });
      if (fast) known.connectMs = session.connectMs;
      return session;
    };
  const laneOf = (name: Query['lane'], rest?: Pick<LaneOptions, 'brief'>): Lane =>
    lane({
      name,
      target,
      connector: connections,
      open: open(name === 'fast'),
      newestStart: () => known.start,
      ...rest,
    });
  const lanes: Readonly<Record<Query['lane'], Lane>> = {
    fast: laneOf('fast'),
    slow: laneOf('slow'),
    database: laneOf('database', { brief }),
  };
  const running = new Map<AbortController, Promise<void>>();
  let closed: UnreachableError | undefined;

  function execute(query: Query): Observable<readonly Row[]> {
    return new Observable((subscriber) => {
      const wanted = new AbortController();
      if (closed) wanted.abort(closed);
      const maintenance = target().settings.database;
      const asked = query.lane === 'database' ? (query.database ?? maintenance) : maintenance;
      const shared = query.lane === 'database' && asked === maintenance && !query.guest;
      const name = shared ? 'slow' : query.lane;
      const work = lanes[name]
        .execute(query, asked, wanted.signal, (rows) => subscriber.next(rows))
        .finally(() => running.delete(wanted))
        .then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
      running.set(wanted, work);
      return () => {
        wanted.abort(new UnreachableError('other', `${query.name}: nobody waits for it`, null));
      };
    });
  }

  const server: Server = {
    query: execute,
    pgbouncer: (shows) =>
      defer(() => askPgbouncer(target().settings, passwordOf(passwords), shows)),
    connection: () => ({
      connectMs: known.connectMs,
      pooler: known.pooler,
      local: isLocal(target().settings.host),
    }),
  };
  return {
    server,
    refresh: () => {
      connections.abandon();
      for (const each of Object.values(lanes)) each.refresh();
    },
    close: () => {
      closed = new UnreachableError('lost', 'the connections were closed', null);
      connections.abandon();
      for (const wanted of running.keys()) wanted.abort(closed);
      void Promise.all(running.values()).then(() => {
        for (const link of connections.links) link.leave();
      });
    },
  };
}
