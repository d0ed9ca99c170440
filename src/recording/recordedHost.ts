import type { Host } from '../ports/host.ts';
import type { Recorder } from './recorder.ts';

/** The streams of the host's readings, by what is asked for. */
export const hostStreams = {
  platform: 'host/platform',
  facts: 'host/facts',
  process: 'host/process',
  /** Named after the first file: the files of a reading go together. */
  read: (paths: readonly string[]): string => `host/read/${paths[0] ?? ''}`,
  processFiles: (files: readonly string[]): string => `host/processes/${files.join('+')}`,
  space: (mount: string): string => `host/space/${mount}`,
  device: (path: string): string => `host/device/${path}`,
  link: (path: string): string => `host/link/${path}`,
} as const;

/** Records each reading of the host. */
export function recordedHost(host: Host, { call, put }: Recorder): Host {
  put(hostStreams.platform, host.platform, 'state');
  const recorded: Host = {
    platform: host.platform,
    read: (paths) =>
      call(hostStreams.read(paths), host.read(paths), ([texts]) =>
        Object.fromEntries([...(texts ?? [])].map(([path, text]) => [path, trimmed(path, text)])),
      ),
    processFiles: (files, pids) =>
      call(hostStreams.processFiles(files), host.processFiles(files, pids), ([texts]) =>
        Object.fromEntries(texts ?? []),
      ),
    space: (mount, remote) =>
      call(hostStreams.space(mount), host.space(mount, remote), ([space]) => ({ ...space })),
    device: (path) => call(hostStreams.device(path), host.device(path), ([device]) => device ?? 0),
    link: (path) => call(hostStreams.link(path), host.link(path), ([target]) => target ?? null),
    facts: () => call(hostStreams.facts, host.facts(), ([facts]) => ({ ...facts })),
    process: () => call(hostStreams.process, host.process(), ([usage]) => ({ ...usage })),
  };
  return recorded;
}

/** The counts of single interrupts in /proc/stat are many, and nobody reads them. */
const trimmed = (path: string, text: string): string =>
  path === '/proc/stat' ? text.replace(/^((?:intr|softirq) \d+).*$/gm, '$1') : text;
