import {
  chownSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, map, skip, timeout } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { owner } from '../../../dev/postgres/owner.ts';
import { host } from '../../../src/io/host.ts';
import type { ServerSettings } from '../../../src/schema/config.ts';
import { diskUsage } from '../../../src/sources/disk_usage/disk_usage.ts';
import type { Hold } from '../../../src/sources/disk_usage/hold.ts';
import { held, hostContext } from '../../support/hostContext.ts';
import { needs } from '../../support/needs.ts';
import { withPostgres } from '../../support/postgres.ts';
import { withServer } from '../../support/serverContext.ts';

interface Told {
  readonly servers: readonly string[];
  readonly filesystems: readonly { readonly mount: string; readonly holds: readonly Hold[] }[];
}

describe.runIf(needs('Linux', process.platform === 'linux'))('disk_usage of a server here', () => {
  const port = host();
  const folders: string[] = [];
  // Runs last: the server writes there until its end.
  afterAll(() => {
    port.close();
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
  const pg = withPostgres();
  const folder = (): string => {
    const made = realpathSync(mkdtempSync(join(tmpdir(), 'places-')));
    folders.push(made);
    const user = owner();
    if (user) chownSync(made, user.uid, user.gid);
    return made;
  };

  /** The first reading that names the server, after `meanwhile`, and what was reported until one more. */
  async function read(
    set: Partial<ServerSettings> = {},
    meanwhile: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<{ readonly told: Told; readonly troubles: unknown[] }> {
    const context = hostContext(diskUsage, {
      host: port,
      // Waits of 100 ms at first.
      random: () => 0.01,
      settings: { interval: 1, exclude_fstypes: [] },
    });
    const done = meanwhile();
    const told = await firstValueFrom(
      withServer(pg(), set, (server) =>
        diskUsage.read({ ...context, servers$: held([server]) }),
      ).pipe(
        map(({ metric }) => metric as unknown as Told),
        filter(({ servers }) => servers.length > 0),
        skip(1),
        timeout(30_000),
      ),
    );
    await done;
    return { told, troubles: context.troubles };
  }
  const holdsOf = ({ filesystems }: Told): readonly Hold[] =>
    filesystems.flatMap(({ holds }) => holds);

  it('flags the mount that holds the data directory, the WAL behind its link, and tablespaces', async () => {
    const [wal, space] = [join(folder(), 'wal'), folder()];
    const data = realpathSync(pg().dataDirectory);
    await pg().sql(`CREATE TABLESPACE far LOCATION '${space}'`);
    const client = await pg().connect();
    await client.query('SET allow_in_place_tablespaces = on');
    await client.query(`CREATE TABLESPACE near LOCATION ''`);
    await client.end();
    const [near] = await pg().sql(`SELECT oid FROM pg_tablespace WHERE spcname = 'near'`);
    await pg().halt();
    renameSync(join(data, 'pg_wal'), wal);
    symlinkSync(wal, join(data, 'pg_wal'));

    // The server comes up while it is waited for.
    const { told, troubles } = await read({}, () => pg().resume());
    expect(troubles).toEqual([]);
    expect(told.servers).toEqual(['main']);
    const held = holdsOf(told);
    expect(held.map(({ what, path }) => `${what} ${path}`).sort()).toEqual([
      `data_directory ${data}`,
      `tablespace ${data}/pg_tblspc/${String(near?.['oid'])}`,
      `tablespace ${space}`,
      `wal ${wal}`,
    ]);
    for (const { mount, holds } of told.filesystems)
      for (const { path } of holds) expect(statSync(path).dev).toBe(statSync(mount).dev);
  });

  it('shows a role without rights the tablespaces alone, and reports nothing', async () => {
    const space = folder();
    await pg().sql(`CREATE TABLESPACE seen LOCATION '${space}'`);
    await pg().sql('CREATE ROLE stranger LOGIN');
    const { told, troubles } = await read({ user: 'stranger' });
    expect(troubles).toEqual([]);
    const held = holdsOf(told);
    expect(new Set(held.map(({ what }) => what))).toEqual(new Set(['tablespace']));
    expect(held.map(({ path }) => path)).toContain(space);
  });
});
