import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { concatMap, defer, map } from 'rxjs';
import { FileError, UnavailableError } from '../../errors.ts';
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
import { type Mount, mountinfo } from './mountinfo.ts';
import { realMounts } from './realMounts.ts';
import { Missing, spaces } from './spaces.ts';

/** A metric of type `disk_usage`. */
const DiskUsage = metricSchema('disk_usage', 'space of the file systems (Linux)', {
  host: text('the host, as `[collector] hostname` says'),
  urgent: flag(
    'whether it was sent at once: a file system became `low`, or is at the first reading',
  ),
  filesystems: list(FileSystem, 'file systems that hold data, each once'),
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
 * without a size are left out, as df does. A reading in which a file system becomes `low` leaves at once.
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
        return polled(context, { timeoutMs: TIMEOUT_MS }, (settings) =>
          host.read([MOUNTS]).pipe(
            map((texts) =>
              realMounts(mountinfo(required(texts.get(MOUNTS))), {
                excludeMounts: settings.exclude_mounts,
                excludeFstypes: settings.exclude_fstypes,
              }),
            ),
            map((mounts) =>
              mounts.map((mount) => lowSpace.remembered(remembered(mount, writable, trouble))),
            ),
            concatMap((mounts) => spaces(host, mounts)),
            map((found) => {
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
                  missing,
                },
                ['filesystems', 'missing'],
              );
            }),
          ),
        );
      }),
    ),
});

/** File systems remembered as writable; beyond it the oldest is forgotten. */
const MAX_REMEMBERED = 1_000;

/** The mount, and whether it was writable before; says so where it is no longer. */
function remembered(mount: Mount, writable: Set<string>, trouble: (error: unknown) => void): Mount {
  const key = `${mount.number} ${mount.mount}`;
  if (mount.readOnly) {
    if (!writable.has(key)) return mount;
    trouble(new FileError(`${mount.mount} (${mount.fstype}) became read-only`));
    return { ...mount, wasWritable: true };
  }
  writable.add(key);
  if (writable.size > MAX_REMEMBERED) writable.delete(writable.values().next().value ?? '');
  return mount;
}

function required(text: string | undefined): string {
  if (text === undefined) throw new UnavailableError(`not available: ${MOUNTS} cannot be read`);
  return text;
}

const noAnswer = (missing: readonly Static<typeof Missing>[]): FileError =>
  new FileError(`space is not known: ${missing.map(({ reason }) => reason).join('; ')}`);
