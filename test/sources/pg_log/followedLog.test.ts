import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type LogCircumstances, followedLog } from '../../../src/sources/pg_log/followedLog.ts';
import type { LogSettings } from '../../../src/sources/pg_log/logSettings.ts';
import { pgLog } from '../../../src/sources/pg_log/pgLog.ts';
import type { PgLogSettings } from '../../../src/sources/pg_log/pgLogSettings.ts';
import { serverOutput } from '../../../src/sources/pg_log/serverOutput.ts';
import { fakeHost, settingsOf } from '../../support/hostContext.ts';

const asked: LogSettings = {
  collector: true,
  destinations: ['stderr'],
  directory: '/data/log',
  filename: 'postgresql-%a.log',
  prefix: '%m [%p] ',
  zone: 'UTC',
  major: 18,
  encoding: 'UTF8',
  dataDirectory: '/data',
  cluster: '',
  ident: 'postgres',
  helper: false,
  lists: true,
  tellsCurrent: false,
  pid: 7,
};
const follow = (
  set: Partial<LogSettings> = {},
  circumstances: Partial<LogCircumstances> = {},
  settings: Partial<PgLogSettings> = {},
) =>
  followedLog(settingsOf(pgLog, settings) as unknown as PgLogSettings, {
    ...{ asked: { ...asked, ...set }, local: true, visible: true, missing: false, output: null },
    ...circumstances,
  });

describe('the log that is followed', () => {
  it.each([
    [['stderr', 'csvlog', 'jsonlog'], 'jsonlog', 'postgresql-%a.json', '.json'],
    [['stderr', 'csvlog'], 'csvlog', 'postgresql-%a.csv', '.csv'],
    [['stderr'], 'stderr', 'postgresql-%a.log', '.log'],
  ])('is one of those that the server writes: of %j %s', (destinations, format, name, suffix) => {
    expect(follow({ destinations })).toMatchObject({
      format,
      place: { directory: '/data/log', filename: name, suffix },
      remote: false,
    });
  });

  it('stays the same as long as the server writes it', () => {
    const destinations = ['stderr', 'jsonlog'];
    expect(follow({ destinations }, { before: 'stderr' }).format).toBe('stderr');
    expect(follow({ destinations }, { before: 'csvlog' }).format).toBe('jsonlog');
  });

  it.each([
    [['csvlog'], 'pg-%a.log', '.log', false],
    [['stderr', 'jsonlog'], 'pg-%a', '', true],
  ])('of %j knows where what is no message is: in %s', (destinations, filename, suffix, mixed) => {
    const rest = { filename, suffix, mixed, prefix: '%m [%p] ' };
    expect(follow({ destinations, filename })).toMatchObject({ rest });
    expect(follow({ destinations, filename, collector: false }, { output: '/a/b' }).rest).toBe(
      undefined,
    );
    expect(follow({ destinations: ['stderr'], filename }).rest).toBe(undefined);
  });

  it('has a server on this host tell which file it writes, one elsewhere where the role may ask', () => {
    const path = '/data/current_logfiles';
    expect(follow().place.current).toEqual({ path, format: 'stderr' });
    expect(follow({ collector: false }, { output: '/a/b' }).place.current).toBe(undefined);
    expect(follow({ dataDirectory: null }).place.current).toBe(undefined);
    const elsewhere = { local: false, visible: false };
    expect(follow({ helper: true, tellsCurrent: true }, elsewhere)).toMatchObject({
      tellsCurrent: true,
      place: { directory: '/data/log' },
    });
    expect(follow({ helper: true }, elsewhere).tellsCurrent).toBe(undefined);
    expect(follow({}, {}, { directory: '/mnt' }).place.current).toBe(undefined);
    expect(follow({}, {}, { suffix: '.txt' }).place.current).toBe(undefined);
    expect(follow({ helper: true }, elsewhere).place.current).toBe(undefined);
  });

  it('has the ending that the server puts behind a name without one', () => {
    const set = { filename: 'pg-%H', destinations: ['csvlog'] };
    expect(follow(set).place).toMatchObject({ filename: 'pg-%H.csv', suffix: '.csv' });
  });

  it('of a server elsewhere is read over SQL where the role may', () => {
    expect(follow({ helper: true }, { local: false }).remote).toBe(true);
    expect(follow({ helper: true }, { visible: false }).remote).toBe(true);
    expect(follow({ helper: true }).remote).toBe(false);
    expect(follow({ helper: true }, {}, { access: 'sql' }).remote).toBe(true);
    expect(() => follow({}, { local: false })).toThrow(/create the function that `check` prints/);
    expect(() => follow({}, {}, { access: 'sql' })).toThrow(/`check` prints the function/);
    expect(follow({ helper: true }, { local: false }, { directory: '/mnt' }).remote).toBe(false);
  });

  it('of a server whose files are not here although it seems to be is not looked for here', () => {
    const elsewhere = { visible: false, missing: true };
    expect(() => follow({}, elsewhere)).toThrow(/not on this host \(in a container/);
    expect(follow({ helper: true }, elsewhere).remote).toBe(true);
    expect(follow({}, elsewhere, { directory: '/mnt' }).place.directory).toBe('/mnt');
  });

  it.each([
    [{ cluster: '18/main' }, 'postgresql-18-main.log'],
    [{ dataDirectory: '/var/lib/postgresql/15/two' }, 'postgresql-15-two.log'],
  ])('of a cluster of Debian is where its packages let it go: %j', (set, filename) => {
    expect(follow({ ...set, collector: false }).place).toEqual({
      directory: '/var/log/postgresql',
      filename,
      suffix: '.log',
      startAt: 'end',
    });
  });

  it('of a server without a collector is the file that its output goes to', () => {
    const set = { collector: false, cluster: '18/main' };
    expect(follow(set, { output: '/srv/pg/server.out' }).place).toMatchObject({
      directory: '/srv/pg',
      filename: 'server.out',
    });
    for (const output of ['pipe:[42]', 'socket:[7]', '/dev/null']) {
      expect(() => follow(set, { output })).toThrow(`goes to ${output}, not into files`);
    }
    expect(() => follow({ collector: false })).toThrow(/logging_collector is off.*directory/);
  });

  it('in the files of syslog needs to be told where', () => {
    expect(() => follow({}, {}, { format: 'syslog' })).toThrow(/set \[pg_log\] directory/);
    const settings = { format: 'syslog', directory: '/var/log', suffix: 'postgresql.log' } as const;
    expect(follow({ ident: 'pg' }, {}, settings)).toMatchObject({
      format: 'syslog',
      place: { directory: '/var/log', suffix: 'postgresql.log' },
      ident: 'pg',
    });
  });
});

describe('the output of a server', () => {
  const host = (links: Readonly<Record<string, string>>) =>
    fakeHost({ link: (path) => of(links[path] ?? null) });
  it('is what a session of it has as stderr', async () => {
    const links = { '/proc/7/exe': '/usr/lib/postgresql/18/bin/postgres', '/proc/7/fd/2': '/a/b' };
    expect(await lastValueFrom(serverOutput(host(links), asked))).toBe('/a/b');
  });
  it('is not known where it may not be seen, or another program has the number', async () => {
    expect(await lastValueFrom(serverOutput(host({}), asked))).toBeNull();
    const links = { '/proc/7/exe': '/usr/bin/vim', '/proc/7/fd/2': '/a/b' };
    expect(await lastValueFrom(serverOutput(host(links), asked))).toBeNull();
  });
});
