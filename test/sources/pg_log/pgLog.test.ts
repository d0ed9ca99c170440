import {
  EMPTY,
  NEVER,
  type Observable,
  asyncScheduler,
  concat,
  filter,
  ignoreElements,
  map,
  of,
  shareReplay,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import type { LogChunk, LogPlace, Logs } from '../../../src/ports/logs.ts';
import { codec } from '../../../src/schema/codec.ts';
import type { Json } from '../../../src/schema/json.ts';
import type { Metric } from '../../../src/schema/metric.ts';
import { pgLog } from '../../../src/sources/pg_log/pgLog.ts';
import { pgLogStatsMetric } from '../../../src/sources/pg_log/pgLogStatsMetric.ts';
import { pgLogMetric } from '../../../src/sources/pg_log/pgLogMetric.ts';
import { type Sample, type ServerSource } from '../../../src/sources/source.ts';
import { held, settingsOf } from '../../support/hostContext.ts';
import { marbles } from '../../support/marbles.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const asked: Record<string, string> = {
  logging_collector: 'on',
  log_destination: 'stderr',
  log_directory: 'log',
  data_directory: '/data',
  log_filename: 'postgresql-%a.log',
  log_line_prefix: '%p %d ',
  log_timezone: 'UTC',
  server_version_num: '180004',
};
/** A server that tells how it writes its log, 5 ms after it was asked. */
const server = (settings = asked) =>
  fakeServer(() => timer(5).pipe(map(() => Object.entries(settings))));

/** A chunk of one file, whose offsets count bytes of ASCII. */
const chunk = (text: string, offset = 0, fileId = 'f'): LogChunk => {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) starts.push(offset + at);
  return {
    file: 'a.log',
    fileId,
    offset,
    end: offset + text.length,
    bytes: Buffer.from(text),
    starts,
    cut: false,
    modifiedMs: 7,
    print: String(offset + text.length),
  };
};
const mark = (offset: number, set: object = {}) => ({
  directory: '/data/log',
  suffix: '.log',
  format: 'stderr',
  file: 'a.log',
  fileId: 'f',
  offset,
  modifiedMs: 7,
  anchor: { offset, print: String(offset) },
  time: null,
  ...set,
});
/** The samples of the type pg_log. */
function read(context: Parameters<ServerSource['read']>[0]): Observable<Sample> {
  return pgLog.read(context).pipe(filter(({ metric }) => metric.type === 'pg_log'));
}
/** Settings as sources get them: the newest at once. */
function newest(settings$: Observable<unknown>): Observable<never> {
  return settings$.pipe(shareReplay({ bufferSize: 1, refCount: true })) as Observable<never>;
}
function following(follow: Logs): { readonly logs: Logs } {
  const port: { readonly logs: Logs } = { logs: follow };
  return port;
}
/** What a sample says, in short. */
const brief = ({ metric, mark }: Sample) => {
  const { entries, counts, filtered, database } = metric as Metric & {
    entries: { level: string; message: string }[];
    counts: Record<string, number>;
  };
  return {
    at: metric.timestamp.slice(17, 23),
    entries: entries.map(({ level, message }) => `${level} ${message}`),
    counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    filtered: filtered as number,
    database: database as string | null,
    mark: (mark as { offset: number }).offset,
  };
};
type Brief = ReturnType<typeof brief>;
const said = (at: string, mark: number, entries: string[], set: Partial<Brief> = {}): Brief => ({
  at,
  entries,
  counts: entries.length > 0 ? { ERROR: entries.length } : {},
  filtered: 0,
  database: entries.length > 0 ? 'app' : null,
  mark,
  ...set,
});

describe('pg_log', () => {
  it(
    'collects entries for the interval and then emits them with the counts of all',
    marbles(({ cold, expectObservable }) => {
      const text =
        '1 app LOG:  a\n1 app ERROR:  b\n1 app DETAIL:  c\n1 app LOG:  d\n2 app NOTICE:  e\n';
      const port = following(() => cold('100ms x', { x: chunk(text) }));
      const context = serverContext(pgLog, server(), { ...port });
      expectObservable(read(context).pipe(map(brief)), '15s !').toBe('10005ms a', {
        a: said('10.005', text.length, ['ERROR b'], {
          counts: { LOG: 2, NOTICE: 1, ERROR: 1 },
          filtered: 3,
        }),
      });
    }),
  );

  it(
    'sends events below min_level, apart from those excluded, short durations and what is beyond the limits',
    marbles(({ cold, flush, expectObservable }) => {
      const text = [
        '1 app LOG:  connection received: host=[local]',
        '1 app LOG:  duration: 999.999 ms  statement: select 1',
        '1 app LOG:  duration: 1000.000 ms  statement: select 2',
        '1 x LOG:  duration: 2000.000 ms  statement: select 3',
        '1 app LOG:  checkpoint starting: time',
        '1 app LOG:  checkpoint starting: wal',
        '1 app LOG:  checkpoint starting: xlog',
        '1 app LOG:  of no kind',
        '1 app ERROR:  a',
        '',
      ].join('\n');
      const port = following(() => cold('100ms x', { x: chunk(text) }));
      const settings = { exclude_databases: ['x'], max_per_second: 2 };
      const context = serverContext(pgLog, server(), { ...port, settings });
      const seen: Sample[] = [];
      expectObservable(
        pgLog.read(context).pipe(
          tap((sample) => seen.push(sample)),
          ignoreElements(),
        ),
        '15s !',
      ).toBe('');
      flush();
      const [stats, log] = seen;
      expect(seen.map(({ mark }) => (mark as { offset: number } | undefined)?.offset)).toEqual([
        undefined,
        text.length,
      ]);
      expect(seen.map(({ withNext }) => withNext)).toEqual([true, undefined]);
      expect(log && brief(log).entries).toEqual([
        'LOG duration: 1000.000 ms  statement: select ?',
        'LOG checkpoint starting: time',
        'LOG checkpoint starting: wal',
        'ERROR a',
      ]);
      expect(log?.metric).toMatchObject({ filtered: 5, dropped: 1 });
      const row = (set: object) => ({ level: 'LOG', sqlstate: null, database: 'app', ...set });
      const none = { sent: 0, dropped: 0, duration_ms: null };
      expect(stats?.metric).toMatchObject({
        type: 'pg_log_stats',
        from: { file_id: 'f', offset: 0 },
        to: { file_id: 'f', offset: text.length },
        rows: [
          row({ ...none, event: 'connection_received', count: 1 }),
          row({ event: 'slow_statement', count: 2, sent: 1, dropped: 0, duration_ms: 1999.999 }),
          row({ ...none, event: 'slow_statement', database: 'x', count: 1, duration_ms: 2000 }),
          row({ event: 'checkpoint_starting', count: 3, sent: 2, dropped: 1, duration_ms: null }),
          row({ ...none, event: null, count: 1 }),
          row({ ...none, level: 'ERROR', event: null, count: 1, sent: 1 }),
        ],
      });
      expect(codec(pgLogStatsMetric)(stats?.metric as Metric)).toHaveProperty('json');
    }),
  );

  it(
    'hurries with a PANIC, and with nothing else',
    marbles(({ cold, flush, expectObservable }) => {
      const [calm, panic] = ['1 app FATAL:  a\n', '1 app PANIC:  b\n2 app LOG:  c\n'] as const;
      const port = following(() =>
        cold('100ms x 12s y', { x: chunk(calm), y: chunk(panic, calm.length) }),
      );
      const seen: Sample[] = [];
      expectObservable(
        read(serverContext(pgLog, server(), { ...port })).pipe(
          tap((sample) => seen.push(sample)),
          ignoreElements(),
        ),
        '30s !',
      ).toBe('');
      flush();
      expect(seen.map((sample) => [brief(sample).entries, sample.urgent])).toEqual([
        [['FATAL a'], undefined],
        [['PANIC b'], true],
      ]);
    }),
  );

  it(
    'sends of each event one message in so many, and all warnings, where it is told to sample',
    marbles(({ cold, flush, expectObservable }) => {
      const text = [1, 2, 3, 4, 5]
        .map((n) => `1 app LOG:  checkpoint starting: ${n}\n1 app WARNING:  ${n}\n`)
        .join('');
      const port = following(() => cold('100ms x', { x: chunk(text) }));
      const context = serverContext(pgLog, server(), { ...port, settings: { sample_every: 3 } });
      const seen: Sample[] = [];
      expectObservable(
        read(context).pipe(
          tap((sample) => seen.push(sample)),
          ignoreElements(),
        ),
        '15s !',
      ).toBe('');
      flush();
      expect(seen.flatMap((sample) => brief(sample).entries)).toEqual(
        ['LOG 1', 'WARNING 1', 'WARNING 2', 'WARNING 3', 'LOG 4', 'WARNING 4', 'WARNING 5'].map(
          (name) => name.replace('LOG ', 'LOG checkpoint starting: '),
        ),
      );
      expect(seen[0]?.metric).toMatchObject({ dropped: 3, filtered: 3 });
    }),
  );

  it(
    'asks the server where the log is and how it is written',
    marbles(({ flush, expectObservable }) => {
      const places: LogPlace[] = [];
      const port = following((place) => (places.push(place), NEVER));
      const json = { ...asked, log_destination: 'stderr, jsonlog', log_directory: '/var/log/pg' };
      expectObservable(read(serverContext(pgLog, server(), { ...port })), '1s !').toBe('');
      expectObservable(read(serverContext(pgLog, server(json), { ...port })), '1s !').toBe('');
      flush();
      expect(places).toEqual([
        {
          directory: '/data/log',
          suffix: '.log',
          filename: 'postgresql-%a.log',
          current: { path: '/data/current_logfiles', format: 'stderr' },
          startAt: 'end',
        },
        {
          directory: '/var/log/pg',
          suffix: '.json',
          filename: 'postgresql-%a.json',
          current: { path: '/data/current_logfiles', format: 'jsonlog' },
          startAt: 'end',
        },
      ]);
    }),
  );

  it(
    'needs no server where the configuration names the directory',
    marbles(({ flush, expectObservable }) => {
      const places: LogPlace[] = [];
      const port = following((place) => (places.push(place), NEVER));
      const away = fakeServer(() => throwError(() => new Error('refused')));
      const settings = { directory: '/logs', format: 'jsonlog' };
      const context = serverContext(pgLog, away, { ...port, settings });
      expectObservable(read(context), '1s !').toBe('');
      flush();
      expect(places).toEqual([{ directory: '/logs', suffix: '.json', startAt: 'end' }]);
      expect(context.troubles).toEqual([]);
    }),
  );

  it.each<[string, Record<string, string>, boolean, RegExp]>([
    ['on another host', {}, false, /does not run on this host.*set \[pg_log\] directory/],
    ['without a collector', { logging_collector: 'off' }, true, /logging_collector is off/],
    [
      'that goes to syslog alone',
      { log_destination: 'syslog' },
      true,
      /add stderr, csvlog or .*jsonlog/,
    ],
    ['that the role may not see', { log_directory: '' }, true, /grant it pg_monitor/],
  ])('says once what to do about a log %s', (_, change, local, remedy) => {
    marbles(({ flush, expectObservable }) => {
      const told = {
        ...server({ ...asked, ...change }),
        connection: () => ({ connectMs: 1, pooler: false, local }),
      };
      const context = serverContext(pgLog, told);
      expectObservable(read(context), '5m !').toBe('');
      flush();
      expect(context.troubles).toHaveLength(1);
      expect(context.troubles[0]).toMatchObject({ code: 'ERR_UNAVAILABLE' });
      expect(String(context.troubles[0])).toMatch(remedy);
    })();
  });

  it(
    'emits what is left when it is asked to stop, and completes',
    marbles(({ cold, hot, expectObservable }) => {
      const text = '1 app ERROR:  a\n';
      const port = following(() => cold('100ms x', { x: chunk(text, 40) }));
      const stop$ = hot<undefined>('      2s s', { s: undefined });
      const context = serverContext(pgLog, server(), { ...port, stop$ });
      expectObservable(read(context).pipe(map(brief))).toBe('2s (a|)', {
        a: said('02.000', 40 + text.length, ['ERROR a']),
      });
    }),
  );

  it(
    'marks the first byte of the oldest entry that is in no metric yet',
    marbles(({ cold, expectObservable }) => {
      const first = '1 app ERROR:  a\n';
      const second = '2 app ERROR:  b\n';
      const port = following(() =>
        cold('100ms x 9399ms y', { x: chunk(first), y: chunk(second, first.length) }),
      );
      const context = serverContext(pgLog, server(), { ...port });
      // The second entry came with the metric: it may still grow.
      expectObservable(read(context).pipe(map(brief)), '25s !').toBe('9505ms a 9499ms b', {
        a: said('09.505', first.length, ['ERROR a']),
        b: said('19.005', first.length + second.length, ['ERROR b']),
      });
    }),
  );

  it(
    'resumes at the durable mark, and at its own newest one after the files failed',
    marbles(({ cold, flush, expectObservable }) => {
      const resumed: unknown[] = [];
      const text = '1 app ERROR:  a\n';
      const port = following((_, mark$) => {
        mark$.subscribe((mark) => resumed.push(mark)).unsubscribe();
        const failing$ = cold<LogChunk>('x 12s #', { x: chunk(text, 100) }, new FileError('gone'));
        return resumed.length === 1 ? failing$ : NEVER;
      });
      const context = serverContext(pgLog, server(), {
        ...port,
        durable$: held(mark(100) as Json),
      });
      expectObservable(read(context).pipe(map(brief)), '30s !').toBe('10005ms a', {
        a: said('10.005', 100 + text.length, ['ERROR a']),
      });
      flush();
      expect(resumed).toEqual([mark(100), mark(100 + text.length)]);
      expect(context.troubles).toMatchObject([{ code: 'ERR_FILE' }]);
    }),
  );

  it(
    'drains the log of its mark where that is another one, and goes on with what was written later',
    marbles(({ cold, flush, expectObservable }) => {
      const followed: unknown[] = [];
      const text = '1 app ERROR:  a\n';
      const port = following((place, mark$, options) => {
        mark$
          .subscribe((mark) => followed.push([place.directory, place.startAt, mark?.offset]))
          .unsubscribe();
        return options?.finish$ ? cold('1s (x|)', { x: chunk(text, 9) }) : NEVER;
      });
      const settings = { directory: '/other' };
      const context = serverContext(pgLog, server(), {
        ...port,
        settings,
        durable$: held(mark(9) as Json),
      });
      expectObservable(read(context).pipe(map(brief)), '5s !').toBe('1005ms a', {
        a: said('01.005', 9 + text.length, ['ERROR a']),
      });
      flush();
      expect(followed).toEqual([
        ['/data/log', 'end', 9],
        ['/other', 7, undefined],
      ]);
    }),
  );

  it(
    'finishes the old log when its place changes, and goes on undisturbed when anything else does',
    marbles(({ cold, hot, flush, expectObservable }) => {
      const places: string[] = [];
      const text = '1 app ERROR:  a\n';
      const port = following(({ directory }, _, options) => {
        places.push(`${directory}${options?.finish$ ? ' to its end' : ''}`);
        return options?.finish$ ? EMPTY : cold('100ms x', { x: chunk(text) });
      });
      const settings$ = hot('a 1s b 1s c', {
        a: settingsOf(pgLog),
        b: settingsOf(pgLog, { min_level: 'PANIC' }),
        c: settingsOf(pgLog, { directory: '/new' }),
      });
      const stop$ = hot<undefined>('9s s', { s: undefined });
      const context = serverContext(pgLog, server(), {
        ...port,
        stop$,
        settings$: newest(settings$),
      });
      expectObservable(read(context).pipe(map(brief))).toBe('2002ms a 6997ms (b|)', {
        // What had begun before is judged by the settings of that time.
        a: said('02.002', text.length, ['ERROR a']),
        b: said('09.000', text.length, ['ERROR a']),
      });
      flush();
      expect(places).toEqual(['/data/log', '/data/log to its end', '/new']);
    }),
  );

  it(
    'lets reading go on past what is only counted, and holds it back for what waits to be durable',
    marbles(({ hot, flush, expectObservable }) => {
      const log = `${'1 app LOG:  '.padEnd(99_999, 'x')}\n`.repeat(11);
      const error = `${'1 app ERROR:  '.padEnd(49_999, 'x')}\n`.repeat(50);
      const released: [at: number, offset: number | undefined][] = [];
      const chunks$ = hot('1s x 1s y', { x: chunk(log), y: chunk(error, log.length) });
      const port = following((_, mark$) => {
        mark$.subscribe((mark) => released.push([asyncScheduler.now(), mark?.offset]));
        return chunks$;
      });
      let newestMark: Json | undefined;
      const stored$ = concat(of(undefined), timer(9000).pipe(map(() => newestMark)), NEVER);
      const context = serverContext(pgLog, server(), { ...port, durable$: stored$ });
      const marks: number[] = [];
      expectObservable(
        read(context).pipe(
          tap((sample) => {
            newestMark = sample.mark;
            marks.push(brief(sample).mark);
          }),
          ignoreElements(),
        ),
        '15s !',
      ).toBe('');
      flush();
      expect(released[0]).toEqual([5, undefined]);
      // 1.1 MB of LOG make one small metric, whose mark lets reading go on at once.
      expect(released[1]).toEqual([1000, marks[0]]);
      expect(marks[0]).toBeGreaterThanOrEqual(1_000_000);
      // 2.5 MB of errors: what is beyond 2 MiB waits until the spool has what is before it.
      const held = released.filter(([at]) => at < 9000).at(-1)?.[1] ?? 0;
      expect(held - log.length).toBeGreaterThan(1_800_000);
      expect(held - log.length).toBeLessThan(2_200_000);
      expect(released.find(([at]) => at >= 9000)?.[0]).toBe(9000);
      expect(released.at(-1)?.[1]).toBe(log.length + error.length);
    }),
  );

  it(
    'splits what is too much for one metric, and cuts what is too long, each within 256 KiB',
    marbles(({ cold, hot, flush, expectObservable }) => {
      const text = `${'1 app ERROR:  \u0001'.padEnd(300_000, '\u0001')}\n${`${'1 app ERROR:  '.padEnd(9_999, 'é')}\n`.repeat(30)}`;
      const port = following(() => cold('100ms x', { x: chunk(text) }));
      const stop$ = hot<undefined>('3s s', { s: undefined });
      const samples: Sample[] = [];
      const context = serverContext(pgLog, server(), {
        ...port,
        stop$,
        settings: { max_entries: 20 },
      });
      expectObservable(
        read(context).pipe(
          tap((sample) => samples.push(sample)),
          ignoreElements(),
        ),
      ).toBe('3s |');
      flush();
      const check = codec(pgLogMetric);
      const entries = samples.flatMap(({ metric }) => {
        const checked = check(metric);
        expect(checked).toHaveProperty('json');
        expect(Buffer.byteLength('json' in checked ? checked.json : '')).toBeLessThanOrEqual(
          262_144,
        );
        return metric['entries'] as { truncated?: true }[];
      });
      expect(entries).toHaveLength(31);
      expect(entries.map(({ truncated }) => truncated === true)).toEqual([
        true,
        ...Array<boolean>(30).fill(false),
      ]);
      expect(samples.length).toBeGreaterThan(1);
      expect(
        Math.max(...samples.map(({ metric }) => (metric['entries'] as Json[]).length)),
      ).toBeLessThanOrEqual(20);
    }),
  );

  it(
    'redacts as long as privacy asks for it',
    marbles(({ cold, hot, flush, expectObservable }) => {
      const text = "1 app ERROR:  a\n1 app STATEMENT:  select 'secret'\n";
      const port = following(() => cold('100ms x', { x: chunk(text) }));
      const statements: unknown[] = [];
      for (const redact of ['default', 'none'] as const) {
        const stop$ = hot<undefined>('3s s', { s: undefined });
        const context = serverContext(pgLog, server(), {
          ...port,
          stop$,
          privacy$: held({ redact }),
        });
        expectObservable(
          read(context).pipe(
            tap(({ metric }) =>
              statements.push((metric['entries'] as { statement: string }[])[0]?.statement),
            ),
            ignoreElements(),
          ),
        ).toBe('3s |');
      }
      flush();
      expect(statements).toEqual(['select ?', "select 'secret'"]);
    }),
  );

  it(
    'names a prefix that cannot be decoded',
    marbles(({ flush, expectObservable }) => {
      const context = serverContext(pgLog, server({ ...asked, log_line_prefix: '%u%d ' }));
      expectObservable(read(context), '3m !').toBe('');
      flush();
      expect(context.troubles).toHaveLength(1);
      expect(String(context.troubles[0])).toMatch(
        /log_line_prefix = '%u%d ' cannot be decoded.*recommended/,
      );
    }),
  );

  it(
    'follows nothing while it is off',
    marbles(({ hot, flush, expectObservable }) => {
      let follows = 0;
      const port = following(() => (follows++, NEVER));
      const settings$ = hot('a 9s b', {
        a: settingsOf(pgLog, { enabled: false }),
        b: settingsOf(pgLog),
      });
      const before: number[] = [];
      const context = serverContext(pgLog, server(), { ...port, settings$: newest(settings$) });
      expectObservable(read(context), '20s !').toBe('');
      expectObservable(
        timer(8999).pipe(
          tap(() => before.push(follows)),
          ignoreElements(),
        ),
      ).toBe('8999ms |');
      flush();
      expect(before).toEqual([0]);
      expect(follows).toBe(1);
    }),
  );
});
