import { NEVER, type Observable, concat, filter, ignoreElements, map, tap, timer } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/logs.ts';
import { pgLog } from '../../../src/sources/pg_log/pgLog.ts';
import { clockSet } from '../../support/clockSet.ts';
import { marbles } from '../../support/marbles.ts';
import { fakeServer, serverContext } from '../../support/serverContext.ts';

const HOUR = 3_600_000;
const asked = {
  logging_collector: 'on',
  log_destination: 'stderr',
  log_directory: 'log',
  data_directory: '/data',
  log_filename: 'postgresql-%a.log',
  log_line_prefix: '%p %d ',
  log_timezone: 'UTC',
  server_version_num: '180004',
};
const text = '1 app ERROR:  a\n';
const chunk: LogChunk = {
  file: 'a.log',
  fileId: 'f',
  offset: 0,
  end: text.length,
  bytes: Buffer.from(text),
  starts: [0],
  cut: false,
  modifiedMs: 7,
  print: 'x',
};

describe('pg_log while the clock is set', () => {
  it.each([-5 * HOUR, -HOUR, HOUR, 5 * HOUR])(
    'emits what it read within two intervals (%d ms)',
    (byMs) => {
      const seen: number[] = [];
      const read = ({ cold, flush, expectObservable }: RunHelpers): void => {
        let trueMs = 0;
        function follow(): Observable<LogChunk> {
          return concat(cold('100ms x', { x: chunk }).pipe(filter(Boolean)), NEVER);
        }
        const server = fakeServer(() => timer(5).pipe(map(() => Object.entries(asked))));
        const context = serverContext(pgLog, server, { logs: follow });
        const seconds$ = timer(0, 1000).pipe(
          tap((s) => (trueMs = s * 1000)),
          ignoreElements(),
        );
        expectObservable(seconds$, '60s !');
        expectObservable(
          pgLog.read(context).pipe(
            tap(() => seen.push(trueMs)),
            ignoreElements(),
          ),
          '60s !',
        );
        flush();
      };
      marbles(clockSet({ atMs: 3_000, byMs }, read))();
      expect(seen.length).toBeGreaterThan(0);
      expect(seen[0]).toBeLessThanOrEqual(20_000);
    },
  );
});
