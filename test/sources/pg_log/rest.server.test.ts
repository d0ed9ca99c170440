import { describe, expect, it, vi } from 'vitest';
import {
  alterSystem,
  followServerLog,
  untilFollowed,
  warn,
} from '../../support/followServerLog.ts';
import { withPostgres } from '../../support/postgres.ts';

describe('what is no message, in the log of a server', () => {
  const server = withPostgres({
    settings: {
      logging_collector: 'on',
      log_destination: 'jsonlog',
      log_filename: 'server-%H%M%S.log',
      log_line_prefix: '%m [%p] ',
      log_error_verbosity: 'terse',
      archive_mode: 'on',
      archive_command: String.raw`printf "archive: %f\n\t  of the rest\n" >&2`,
    },
  });
  const isOutput = (text: string) => text.includes('archive: ') || text.includes('of the rest');
  const follow = (options?: Parameters<typeof followServerLog>[1]) => {
    const followed = followServerLog(server(), {
      ...options,
      settings: { events: ['server_output'], max_per_second: 1000, ...options?.settings },
    });
    const { messages } = followed;
    return {
      ...followed,
      warnings: () => messages().filter((text) => !isOutput(text)),
      output: () => messages().filter(isOutput),
    };
  };
  /** Lets the server archive so many files of WAL; what its command says of them. */
  const archive = async (files: number): Promise<string[]> => {
    const said: string[] = [];
    for (let file = 0; file < files; file++) {
      const [row] = await server().sql(
        `SELECT pg_logical_emit_message(false, 'a', 'a');
         SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name`,
      );
      await server().sql('SELECT pg_switch_wal()');
      said.push(`archive: ${String(row?.['name'])}\n  of the rest`);
    }
    const last = said.at(-1)?.slice(9).split('\n')[0];
    await vi.waitFor(async () => {
      const [row] = await server().sql('SELECT last_archived_wal AS last FROM pg_stat_archiver');
      expect(row).toEqual({ last });
    }, 20_000);
    return said;
  };
  const destination = (log_destination: string) => alterSystem(server(), { log_destination });

  it('is read beside jsonlog, also what came while nobody read, and each once', async () => {
    const first = follow();
    await untilFollowed(() => expect(first.samples).not.toEqual([]));
    await warn(server(), 'a1');
    const said = await archive(2);
    await untilFollowed(() => expect(first.output()).toEqual(said));
    await untilFollowed(() => expect(first.warnings()).toEqual(['a1']));
    const [entry] = first.entries().filter(({ message }) => isOutput(message));
    expect(entry).toMatchObject({ level: 'LOG', event: 'server_output', timestamp: null });
    first.end();
    const { mark } = first.samples.at(-1)!;
    expect(mark).toMatchObject({ format: 'jsonlog', rest: { format: 'stderr' } });
    await server().sql('SELECT pg_rotate_logfile(), pg_sleep(1.1)');
    const unseen = await archive(2);
    const second = follow({ mark });
    await untilFollowed(() => expect(second.output()).toEqual(unseen));
    expect(second.warnings()).toEqual([]);
    expect([...first.troubles, ...second.troubles]).toEqual([]);
  }, 60_000);

  it.each(['csvlog', 'jsonlog'])(
    'is read beside %s where the same file holds the messages too, without these',
    async (format) => {
      await destination(`stderr,${format}`);
      const followed = follow();
      await untilFollowed(() => expect(followed.samples).not.toEqual([]));
      await warn(server(), 'b1', 'b2\n\tof two lines');
      const said = await archive(2);
      await warn(server(), 'b3');
      await untilFollowed(() => expect(followed.output()).toEqual(said));
      const written = ['b1', 'b2\n\tof two lines', 'b3'];
      await untilFollowed(() => expect(followed.warnings()).toEqual(written));
      expect(followed.samples.at(-1)?.mark).toMatchObject({ format, rest: { format: 'stderr' } });
      expect(followed.troubles).toEqual([]);
    },
    60_000,
  );

  it('is read on behind the messages that were read from the same file before', async () => {
    await destination('stderr');
    const followed = follow();
    await untilFollowed(() => expect(followed.samples).not.toEqual([]));
    const said = await archive(2);
    await warn(server(), 'c1');
    await untilFollowed(() => expect(followed.warnings()).toEqual(['c1']));
    await destination('jsonlog');
    said.push(...(await archive(2)));
    await warn(server(), 'c2');
    said.push(...(await archive(2)));
    await untilFollowed(() => expect(followed.output()).toEqual(said));
    await untilFollowed(() => expect(followed.warnings()).toEqual(['c1', 'c2']));
    expect(followed.troubles).toEqual([]);
  }, 60_000);
});
