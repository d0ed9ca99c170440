import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NEVER, startWith } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logs } from '../../../src/io/logs.ts';
import {
  alterSystem,
  followServerLog,
  untilFollowed,
  warn,
} from '../../support/followServerLog.ts';
import { type TextChunk, textChunk } from '../../support/logDirectory.ts';
import { withPostgres } from '../../support/postgres.ts';

describe('pg_log on a server whose settings change', () => {
  const server = withPostgres({
    settings: {
      logging_collector: 'on',
      log_destination: 'stderr',
      log_line_prefix: '%m [%p] %u ',
      log_error_verbosity: 'terse',
    },
  });

  it('reads lines with the prefix that they were written with', async () => {
    const postgres = server();
    const { entries, samples } = followServerLog(postgres);
    await untilFollowed(() => expect(samples).not.toEqual([]));
    const session = await postgres.connect();
    await session.query(`DO $$ BEGIN RAISE WARNING 'p1'; END $$`);
    await alterSystem(postgres, { log_line_prefix: '<%d|%m|%p|%e> ' });
    await warn(postgres, 'p2');
    await session.query(`DO $$ BEGIN RAISE WARNING 'p3'; END $$`);
    await session.end();
    await untilFollowed(() =>
      expect(entries()).toMatchObject([
        { message: 'p1', level: 'WARNING', user: 'postgres' },
        { message: 'p2', level: 'WARNING', database: 'postgres', sqlstate: '01000' },
        { message: 'p3', level: 'WARNING' },
      ]),
    );
    await warn(postgres, 'p4');
    await untilFollowed(() => expect(entries()[3]).toMatchObject({ sqlstate: '01000' }));
    expect(entries()).toHaveLength(4);
  }, 60_000);

  it('keeps to its format as long as it is written, and goes on with another one behind the last message', async () => {
    const postgres = server();
    const { messages, samples, troubles } = followServerLog(postgres);
    await untilFollowed(() => expect(samples).not.toEqual([]));
    const mark = () => samples.at(-1)?.mark;
    await warn(postgres, 'f1');
    await alterSystem(postgres, { log_destination: 'stderr,jsonlog' });
    await warn(postgres, 'f2', 'f3');
    await untilFollowed(() => expect(messages()).toEqual(['f1', 'f2', 'f3']));
    expect(mark()).toMatchObject({ format: 'stderr' });
    await alterSystem(postgres, { log_destination: 'jsonlog' });
    await warn(postgres, 'f4', 'f5');
    await untilFollowed(() => expect(messages()).toEqual(['f1', 'f2', 'f3', 'f4', 'f5']));
    expect(mark()).toMatchObject({ format: 'jsonlog' });
    await alterSystem(postgres, { log_destination: 'csvlog' });
    await warn(postgres, 'f6');
    await untilFollowed(() => expect(messages().slice(5)).toEqual(['f6']));
    expect(mark()).toMatchObject({ format: 'csvlog' });
    expect(troubles).toEqual([]);
  }, 60_000);

  it('goes on exactly behind what was read in files that the server appends to again, also while nobody reads', async () => {
    const postgres = server();
    const once = { log_destination: 'stderr', log_truncate_on_rotation: 'off' };
    await alterSystem(postgres, { ...once, log_filename: 'one.log' });
    const settings = { directory: postgres.logDirectory, format: 'stderr' };
    const first = followServerLog(postgres, { settings });
    await untilFollowed(() => expect(first.samples).not.toEqual([]));
    await warn(postgres, 'r1');
    await alterSystem(postgres, { log_filename: 'two.log' });
    await untilFollowed(() => statSync(join(postgres.logDirectory, 'two.log')));
    await warn(postgres, 'r2');
    await untilFollowed(() => expect(first.messages()).toEqual(['r1', 'r2']));
    first.end();
    const { mark } = first.samples.at(-1)!;
    expect(mark).toMatchObject({ file: 'two.log' });
    for (const [index, name] of ['one.log', 'two.log', 'one.log'].entries()) {
      await warn(postgres, `r${2 * index + 3}`);
      await alterSystem(postgres, { log_filename: name });
      await warn(postgres, `r${2 * index + 4}`);
    }
    const second = followServerLog(postgres, { settings, mark });
    const written = ['r3', 'r4', 'r5', 'r6', 'r7', 'r8'];
    await untilFollowed(() => expect([...second.messages()].sort()).toEqual(written));
    await alterSystem(postgres, { log_filename: 'two.log' });
    await warn(postgres, 'r9');
    await untilFollowed(() => expect(second.messages().slice(6)).toEqual(['r9']));
    expect([...first.troubles, ...second.troubles]).toEqual([]);
    await postgres.sql('ALTER SYSTEM RESET log_filename');
    await alterSystem(postgres, { log_truncate_on_rotation: 'on' });
  }, 60_000);

  it('follows the file that the server says it writes, through rotation and a change of its name that nobody was told of', async () => {
    const postgres = server();
    await alterSystem(postgres, { log_destination: 'csvlog', log_filename: 'server-%H%M%S.log' });
    const chunks: TextChunk[] = [];
    const { dataDirectory, logDirectory: directory } = postgres;
    const current = join(dataDirectory, 'current_logfiles');
    const told = (name: RegExp) =>
      untilFollowed(() => expect(readFileSync(current, 'utf8')).toMatch(name));
    await told(/^csvlog .*server-\d{6}\.csv$/m);
    const reading = logs({ pollMs: 20 })(
      {
        ...{ directory, suffix: '.csv', filename: 'server-%H%M%S.csv', startAt: 'end' },
        current: { path: current, format: 'csvlog' },
      },
      NEVER.pipe(startWith(undefined)),
    ).subscribe((chunk) => chunks.push(textChunk(chunk)));
    onTestFinished(() => reading.unsubscribe());
    await untilFollowed(() => expect(chunks).not.toEqual([]));
    const files = () => [...new Set(chunks.map(({ file }) => file))];
    const text = () => chunks.map((chunk) => chunk.text).join('');
    const before = readFileSync(current, 'utf8');
    // Within one second it would be a file of the same name.
    await postgres.sql('SELECT pg_sleep(1.1)');
    await postgres.sql('SELECT pg_rotate_logfile()');
    await untilFollowed(() => expect(readFileSync(current, 'utf8')).not.toBe(before));
    await warn(postgres, 'rotated');
    await untilFollowed(() => expect(text()).toContain('rotated'));
    expect(files()).toHaveLength(2);
    await alterSystem(postgres, { log_filename: 'renamed.log' });
    await told(/^csvlog .*renamed\.csv$/m);
    await warn(postgres, 'renamed');
    await untilFollowed(() => expect(files().at(-1)).toBe('renamed.csv'));
    await untilFollowed(() => expect(text()).toContain('"renamed"'));
  }, 60_000);

  it('drains the old directory and goes on in the new one, also where it changed while nobody read', async () => {
    const postgres = server();
    const made = ['one', 'two'].map((name) => {
      const folder = join(dirname(postgres.dataDirectory), name);
      mkdirSync(folder);
      const { uid, gid } = statSync(postgres.dataDirectory);
      chownSync(folder, uid, gid);
      return folder;
    });
    const first = followServerLog(postgres);
    await untilFollowed(() => expect(first.samples).not.toEqual([]));
    await warn(postgres, 'd1');
    await alterSystem(postgres, { log_directory: made[0] ?? '' });
    await warn(postgres, 'd2');
    await untilFollowed(() => expect(first.messages()).toEqual(['d1', 'd2']));
    first.end();
    const { mark } = first.samples.at(-1)!;
    expect(mark).toMatchObject({ directory: made[0] });
    await warn(postgres, 'd3');
    await alterSystem(postgres, { log_directory: made[1] ?? '', log_filename: 'other-%H%M%S.log' });
    await warn(postgres, 'd4');
    const second = followServerLog(postgres, { mark });
    await untilFollowed(() => expect(second.messages()).toEqual(['d3', 'd4']));
    await alterSystem(postgres, { log_filename: 'third-%H%M%S.log' });
    await warn(postgres, 'd5');
    await untilFollowed(() => expect(second.messages()).toEqual(['d3', 'd4', 'd5']));
    expect([...first.troubles, ...second.troubles]).toEqual([]);
  }, 60_000);
});
