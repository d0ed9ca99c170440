import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { NEVER, ReplaySubject, catchError, concatMap, defer, map, tap } from 'rxjs';
import { FileError, UnavailableError } from '../../errors.ts';
import { beside } from '../../operators/beside.ts';
import { flag, list, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { onlyOnLinux } from '../onlyOnLinux.ts';
import { parts } from '../parts.ts';
import { polled } from '../polled.ts';
import { hostSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { FileSystem } from './fileSystem.ts';
import { LowSpace } from './lowSpace.ts';
import type { Hold } from './hold.ts';
import { holds } from './holds.ts';
import { looks } from './looks.ts';
import { mountOf } from './mountOf.ts';
import { mountinfo } from './mountinfo.ts';
import { places } from './places.ts';
import { realMounts } from './realMounts.ts';
import { remembered } from './remembered.ts';
import { Missing, spaces } from './spaces.ts';

/** A metric of type `disk_usage`. */
const DiskUsage = metricSchema('disk_usage', 'space of the file systems (Linux)', {
  host: text('the host, as `[collector] hostname` says'),
  urgent: flag(
    'whether it was sent at once: a file system became `low`, or is at the first reading',
  ),
  filesystems: list(FileSystem, 'file systems that hold data, each once'),
  servers: list(
    text('name of a server'),
    'monitored servers of which it is known where they lie on this host, see `holds`; the first reading does not wait for it',
  ),
  missing: list(Missing, 'mounts that did not answer, so that they are not taken for gone'),
});

const MOUNTS = '/proc/self/mountinfo';
/** Deadline of all together: local mounts are asked one after the other, so that hung ones never hold the thread pool. */
const TIMEOUT_MS = 30_000;

const patterns = (description: string, byDefault: readonly string[]) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
    description: `${description} (\`*\` and \`?\`)`,
    default: [...byDefault],
    maxItems: 100,
    remote: true,
  });

/**
 * Type `disk_usage`: the space of every mounted file system that holds data, by statfs(2).
 *
 *     due         x-----------------x----------
 *     local /     r                 r
 *     local /db   -r                -r
 *     nfs /a      r                 r
 *     nfs /hung   ----(no answer)   ----(none)
 *     result      ----m-----------------m------      without /hung, which is named in `missing`
 *
 * Every mount has its own deadline. What is missing is reported once, until it changes. Pseudo file systems and those
 * without a size are left out, as df does. A reading in which a file system becomes `low` leaves at once. Where servers have
 * their data is read beside, so that no reading waits for a server.
 */
export const diskUsage = hostSource({
  type: 'disk_usage',
  scope: 'host',
  settings: section(
    'space of the file systems',
    { default: 60 },
    {
      exclude_mounts: patterns('mount points to leave out', []),
      exclude_fstypes: patterns('types of file systems to leave out', [
        'tmpfs',
        'squashfs',
        'iso9660',
      ]),
    },
  ),
  metrics: [DiskUsage],
  read: (context) =>
    onlyOnLinux(
      context,
      MOUNTS,
      defer(() => {
        const { host, hostname, trouble } = context;
        let reported = '';
        const writable = new Set<string>();
        const lowSpace = new LowSpace();
        const mountAt$ = new ReplaySubject<ReturnType<typeof mountOf>>(1);
        let placed: readonly Hold[] = [];
        const placed$ = places(context, looks(host, mountAt$)).pipe(
          tap((found) => (placed = found)),
          catchError((error: unknown) => {
            trouble(error);
            return NEVER;
          }),
        );
        return polled(context, { timeoutMs: TIMEOUT_MS }, (settings) =>
          host.read([MOUNTS]).pipe(
            concatMap((texts) => {
              const all = mountinfo(required(texts.get(MOUNTS)));
              const mounts = realMounts(all, {
                excludeMounts: settings.exclude_mounts,
                excludeFstypes: settings.exclude_fstypes,
              }).map((mount) => lowSpace.remembered(remembered(mount, writable, trouble)));
              const mountAt = mountOf(all);
              mountAt$.next(mountAt);
              const now = placed;
              return spaces(host, mounts, holds(now, mountAt, mounts)).pipe(
                map((found) => ({ found, servers: [...new Set(now.map(({ server }) => server))] })),
              );
            }),
            map(({ found, servers }) => {
              const missing = found.filter((each) => each !== null && 'reason' in each);
              const names = missing.map(({ mount }) => mount).join();
              if (names !== '' && names !== reported) trouble(noAnswer(missing));
              reported = names;
              return parts(
                {
                  type: 'disk_usage',
                  timestamp: timestampNow(),
                  host: hostname,
                  urgent: lowSpace.became(found),
                  filesystems: found.filter((each) => each !== null && 'device' in each),
                  servers,
                  missing,
                },
                ['filesystems', 'missing'],
              );
            }),
          ),
        ).pipe(beside(placed$));
      }),
    ),
});

function required(text: string | undefined): string {
  if (text === undefined) throw new UnavailableError(`not available: ${MOUNTS} cannot be read`);
  return text;
}

const noAnswer = (missing: readonly Static<typeof Missing>[]): FileError =>
  new FileError(`space is not known: ${missing.map(({ reason }) => reason).join('; ')}`);
