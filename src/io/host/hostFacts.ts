import { readFileSync } from 'node:fs';
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import type { HostFacts } from '../../ports/host.ts';
import { prettyName } from './prettyName.ts';

/** What this host is, from the operating system, os-release(5) and the runtime. */
export function hostFacts(): HostFacts {
  const processors = cpus();
  return {
    hostname: hostname(),
    platform: osRelease('/etc/os-release') ?? osRelease('/usr/lib/os-release') ?? platform(),
    kernel: release(),
    architecture: arch(),
    cpuModel: processors[0]?.model.trim() || null,
    cpuCount: processors.length,
    memoryBytes: totalmem(),
    nodeVersion: process.version,
  };
}

function osRelease(path: string): string | undefined {
  try {
    return prettyName(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
