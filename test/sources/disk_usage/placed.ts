import { type Observable, map, of, throwError, timer } from 'rxjs';
import { expect } from 'vitest';
import { FileError } from '../../../src/errors.ts';
import type { Query, Row } from '../../../src/ports/server.ts';
import type { ServerFacts } from '../../../src/postgres/facts.ts';
import { codec } from '../../../src/schema/codec.ts';
import { diskUsage } from '../../../src/sources/disk_usage/disk_usage.ts';
import type { Hold } from '../../../src/sources/disk_usage/hold.ts';
import type { MonitoredServer } from '../../../src/sources/source.ts';
import { fakeHost, filesOf, hostContext } from '../../support/hostContext.ts';
import { fakeServer } from '../../support/serverContext.ts';

const check = codec(diskUsage.metrics[0]!);
/** The space of each. */
export const space = {
  blockSize: 4096,
  blocks: 100,
  blocksFree: 50,
  blocksAvailable: 50,
  files: 10,
  filesFree: 5,
};
const table = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /db rw - xfs /dev/sdb rw
3 1 8:3 / /wal rw - xfs /dev/sdc rw
`;
const links: Readonly<Record<string, string>> = { '/db/a/pg_wal': '/wal/a' };
const gone = new FileError('gone', { cause: { code: 'ENOENT' } });
/** A host with three file systems. */
export const host = fakeHost({
  read: filesOf({ '/proc/self/mountinfo': table }),
  space: () => of(space),
  link: (path) => of(links[path] ?? null),
  device: (path) => (path.startsWith('/elsewhere') ? throwError(() => gone) : of(1)),
});
/** A server whose data lie in `/db/<name>`; each query takes 5 ms. */
export function server(
  name: string,
  set: Partial<MonitoredServer> = {},
  facts: Partial<ServerFacts> = {},
): MonitoredServer & { readonly asked: Query[] } {
  const asked: Query[] = [];
  function answer(query: Query): Observable<readonly Row[]> {
    asked.push(query);
    return timer(5).pipe(map(() => [[`/ts/${name}`], ['pg_tblspc/7']]));
  }
  const fake = fakeServer(answer, {}, { dataDirectory: `/db/${name}`, start: '1', ...facts });
  return { ...fake, name, ...set, asked };
}

/** What each reading says of who lies where: `/db: a data_directory /db/a`. */
export function told(
  servers$: Observable<readonly MonitoredServer[]>,
  set: Parameters<typeof hostContext>[1] = {},
): { readonly told$: Observable<string>; readonly troubles: unknown[] } {
  const context = hostContext(diskUsage, { host, servers$, random: () => 0.5, ...set });
  const told$ = diskUsage.read(context).pipe(
    map(({ metric }) => {
      expect(check(metric)).toHaveProperty('json');
      const { filesystems, servers } = metric as unknown as {
        filesystems: { mount: string; holds: Hold[] }[];
        servers: string[];
      };
      const all = filesystems.flatMap(({ mount, holds }) =>
        holds.map(({ server, what, path }) => `${mount}: ${server} ${what} ${path}`),
      );
      return [`[${servers.join()}]`, ...all].join('; ');
    }),
  );
  return { told$, troubles: context.troubles };
}
