import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { lastValueFrom, of, tap } from 'rxjs';
import { enginePace } from '../../src/io/enginePace.ts';
import { logs } from '../../src/io/logs.ts';
import type { Level } from '../../src/postgres/logs/level.ts';
import type { Sample } from '../../src/sources/source.ts';
import type { LogFormat } from '../../src/sources/pg_log/logFormat.ts';
import { logProgress } from '../../src/sources/pg_log/logProgress.ts';
import { logReading } from '../../src/sources/pg_log/logReading.ts';
import { cpuMs } from '../figures.ts';

/** Reads a log file once as the agent does, up to the spool, in a process of its own: `readLog.ts FILE FORMAT MIN_LEVEL PREFIX`. */
async function readLog([path = '', format = '', level = '', prefix = '']: readonly string[]) {
  const [directory, suffix] = [dirname(path), basename(path)];
  const place = { directory, suffix, startAt: 'beginning' } as const;
  const log = {
    place,
    format: format as LogFormat,
    prefix,
    zone: 'UTC',
    major: 18,
    encoding: 'UTF8',
    ident: 'postgres',
    remote: false,
  };
  const settings = {
    ...{ enabled: true, interval: 10, access: 'files' as const },
    ...{ format: log.format, start_at: place.startAt },
    ...{ min_level: level as Level, max_entries: 500, events: ['all'], exclude_events: [] },
    ...{ min_duration: 1, max_per_second: 100_000, sample_every: 1 },
    ...{ databases: [], exclude_databases: [], users: [], exclude_users: [] },
  };
  const begun = process.cpuUsage();
  enginePace.thrift();
  const progress = logProgress();
  const reading = logReading('main', log, progress);
  const rules = { settings, redact: 'default' as const };
  let messages = 0;
  let entries = 0;
  const tally = (samples: readonly Sample[]): void => {
    for (const { metric, mark } of samples) {
      progress.durable(mark);
      if (metric.type !== 'pg_log') continue;
      const sent = (metric['entries'] as unknown[]).length;
      entries += sent;
      messages += sent + (metric['filtered'] as number);
    }
  };
  const chunk$ = logs({ hurry: enginePace.hurry })(place, progress.marks(place), {
    finish$: of(undefined),
  });
  await lastValueFrom(chunk$.pipe(tap((chunk) => tally(reading.step(chunk, rules)))));
  tally(reading.flush(rules));
  const ms = cpuMs(begun);
  // Not `maxRSS` of the resource usage: there, what the process was that started this one counts too.
  const status = await readFile('/proc/self/status', 'utf8');
  const maxRss = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024;
  process.stdout.write(JSON.stringify({ ms, messages, entries, maxRss }));
}

await readLog(process.argv.slice(2));
