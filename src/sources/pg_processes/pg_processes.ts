import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { EMPTY, type Observable, concat, concatMap, defer, delay, map, of, take } from 'rxjs';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { OidNames } from '../oidNames.ts';
import { onlyOnLinux } from '../onlyOnLinux.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { type ServerContext, serverSource } from '../source.ts';
import { withFacts } from '../withFacts.ts';
import { type Look, type OwnSession, look } from './look.ts';
import { pgProcessesMetric } from './pgProcessesMetric.ts';
import { processesMetric } from './processesMetric.ts';
import { type ProcessSessions, readSessions } from './sessions.ts';

const settings = section(
  'what the processes of a server on this host use, and what else loads the host',
  { default: 30, remoteMinimum: 5 },
  {
    top: Type.Integer({
      description: 'processes listed, and other programs',
      default: 20,
      minimum: 1,
      maximum: 200,
      remote: true,
      remoteMaximum: 100,
    }),
  },
);
type Context = ServerContext<Static<typeof settings>>;

/** Between the two looks of the first metric, in ms: use since the start of a process says nothing of now. */
const FIRST_INTERVAL_MS = 1_000;

interface Memory {
  readonly names: OidNames;
  last: Look | null;
}

/**
 * `pg_processes`: one metric per interval of a server that runs on this host; silent for others.
 *
 *     due       x---------------x---------------x
 *     /proc     l-l-------------l---------------l      the first looks twice, a second apart
 *     result    --m-------------m---------------m
 */
export const pgProcesses = serverSource({
  type: 'pg_processes',
  scope: 'server',
  settings,
  follows: true,
  rhythms: [{ key: 'interval' }],
  metrics: [pgProcessesMetric],
  read: (context) =>
    onlyOnLinux(
      context,
      '/proc',
      defer(() => {
        const memory: Memory = { names: new OidNames('pg_processes'), last: null };
        return polled(context, { timeoutMs: 30_000 }, ({ top }) => read(context, memory, top));
      }),
    ),
});

function read(context: Context, memory: Memory, top: number): Observable<readonly Metric[]> {
  const { privacy$, hostname } = context;
  return withFacts(context, (facts, own) => {
    const { server } = own;
    return privacy$.pipe(
      take(1),
      concatMap(({ redact }) => {
        // Known once there is a connection.
        if (!server.connection().local) return EMPTY;
        return readSessions(server, facts.has).pipe(
          concatMap((sessions) =>
            looks(own, memory, sessions.own).pipe(
              concatMap(([before, now]) => {
                memory.last = now;
                const metric = (): readonly Metric[] =>
                  parts(
                    processesMetric(before, now, {
                      server: server.name,
                      host: hostname,
                      names: memory.names,
                      sessions: sessions.byPid,
                      top,
                      redacts: redact !== 'none',
                      serverBytes: Number(facts.setting('track_activity_query_size') ?? 1024),
                    }),
                    ['top', 'others'],
                  );
                return concat(
                  learn(own, memory, sessions),
                  defer(() => of(metric())),
                );
              }),
            ),
          ),
        );
      }),
    );
  });
}

/** The look before, and one now. */
function looks(
  { host }: Context,
  { last }: Memory,
  own: OwnSession,
): Observable<readonly [Look, Look]> {
  return (last === null ? look(host, own).pipe(delay(FIRST_INTERVAL_MS)) : of(last)).pipe(
    concatMap((before) => look(host, own).pipe(map((now) => [before, now] as const))),
  );
}

function learn(
  { server, trouble }: Context,
  { names }: Memory,
  { byPid }: ProcessSessions,
): Observable<never> {
  const sessions = [...byPid.values()];
  return names.learn(
    server,
    sessions.map(({ datid }) => datid),
    sessions.map(({ usesysid }) => usesysid),
    trouble,
  );
}
