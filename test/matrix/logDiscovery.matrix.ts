import { chownSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logHelperSql } from '../../src/postgres/logs/logHelper.ts';
import { followServerLog, untilFollowed, warn } from '../support/followServerLog.ts';
import { withPostgres } from '../support/postgres.ts';
import { eachVersion, majors } from './eachVersion.ts';
import { complaints, roles, watchedSettings } from './watchedServer.ts';

eachVersion(majors, ({ major, options }) => {
  const formats = major >= 15 ? ['stderr', 'csvlog', 'jsonlog'] : ['stderr', 'csvlog'];

  describe('the log of a server with a collector', () => {
    const server = withPostgres({
      ...options,
      settings: {
        ...watchedSettings,
        log_filename: 'server-%Y-%m-%d_%H%M%S.log',
        log_destination: formats.join(','),
      },
    });

    it('is found by a role with pg_monitor, as files and over SQL, and followed through rotation', async () => {
      const postgres = server();
      await postgres.sql(roles);
      await postgres.sql(logHelperSql('watcher'));
      const connection = { user: 'watcher' };
      const followed = [{ access: 'auto' }, { access: 'sql' }].map((settings) =>
        followServerLog(postgres, { settings, connection }),
      );
      for (const { samples } of followed)
        await untilFollowed(() => expect(samples).not.toEqual([]));
      await warn(postgres, 'one');
      await postgres.sql('SELECT pg_rotate_logfile(), pg_sleep(1.1)');
      await warn(postgres, 'two');
      for (const { messages, samples, troubles } of followed) {
        await untilFollowed(() => expect(messages()).toEqual(['one', 'two']));
        expect(samples.at(-1)?.mark).toMatchObject({ format: formats.at(-1) });
        expect(troubles).toEqual([]);
      }
      expect(await complaints(postgres)).toEqual([]);
    });

    it('is not read by a role without grants, which leaves no error there either', async () => {
      const postgres = server();
      const { troubles } = followServerLog(postgres, { connection: { user: 'nobody' } });
      await untilFollowed(() => expect(String(troubles[0])).toMatch(/grant it pg_monitor/));
      expect(await complaints(postgres)).toEqual([]);
    });
  });

  describe('the log of a server without a collector', () => {
    const server = withPostgres({ ...options, settings: { log_line_prefix: '%m [%p] ' } });

    it('is found by the output of the server', async () => {
      const postgres = server();
      const folder = dirname(postgres.dataDirectory);
      const { uid, gid } = statSync(folder);
      chownSync(join(folder, 'start.log'), uid, gid);
      const { messages, samples, troubles } = followServerLog(postgres);
      await untilFollowed(() => expect(samples).not.toEqual([]));
      expect(samples[0]?.mark).toMatchObject({ directory: folder, file: 'start.log' });
      await warn(postgres, 'one');
      await untilFollowed(() => expect(messages()).toEqual(['one']));
      expect(troubles).toEqual([]);
    });
  });
});
