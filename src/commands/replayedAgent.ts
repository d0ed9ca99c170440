import { randomUUID } from 'node:crypto';
import { type Observable, defer, of } from 'rxjs';
import { configFormat } from '../io/config/configFormat.ts';
import { memorySpool } from '../io/memorySpool.ts';
import type { Recording } from '../recording/readRecording.ts';
import { replayedPorts } from '../recording/replayedPorts.ts';
import type { Ports } from '../ports.ts';
import type { Entry } from '../schema/journal.ts';
import { registry, sectionsOf } from '../sources/registry.ts';
import type { Zlib } from '../sinks/bodyFor.ts';
import { type AgentOptions, type Outlet, agent } from '../streams/agent.ts';
import { config } from '../streams/config.ts';
import { configRules } from '../streams/config/localConfig.ts';

export interface ReplayedAgentOptions {
  readonly recording: Recording;
  readonly outlet?: Outlet;
  /** What of the outside world is real; then nothing is made predictable. Default: nothing. */
  readonly real?: (ports: Ports) => Ports;
  /** The topology. Default: the agent. */
  readonly topology?: (options: AgentOptions) => Observable<Entry>;
}

/**
 * The whole agent on a recording; to be subscribed on a clock that says when the recording began (`onReplayClock`).
 *
 * Where nothing is real, nothing in it is left to chance: ids count up, backoff waits half of its greatest wait, bodies are not compressed, and the
 * version is the one that recorded. It ends where the recorded run was asked to end, or where the recording does.
 */
export function replayedAgent({
  recording,
  outlet = 'backend',
  real,
  topology = agent,
}: ReplayedAgentOptions): Observable<Entry> {
  return defer(() => {
    const { stop$, reload$, ...replayed } = replayedPorts(recording, {
      spool: memorySpool,
      configFormat,
    });
    const ports = real ? real(replayed.ports) : replayed.ports;
    const rules = configRules({
      sections: sectionsOf(registry),
      format: ports.configFormat,
      environment: {},
      needs: { backend: outlet === 'backend' },
    });
    const { types, agent: version, phase } = recording.header;
    return topology({
      ports,
      // What was added since would ask for what was not recorded.
      sources: registry.filter(({ type }) => types.includes(type)),
      configs: (given) =>
        config({
          ...given,
          file$: ports.configFile.follow('', reload$),
          rules,
          store: ports.pulledStore,
        }),
      outlet,
      stop$,
      reload$,
      version,
      ...(real ? { newId: randomUUID } : predictable()),
      ...(phase !== undefined && { phase }),
    });
  });
}

/** Ids that count up, no compression (its thread pool knows no virtual time), no chance. */
function predictable(): Pick<AgentOptions, 'newId' | 'zlib' | 'random'> {
  let ids = 0;
  const zlib: Zlib = {
    compress: (data) => of(typeof data === 'string' ? Buffer.from(data) : data),
    decompress: (data) => of(data),
  };
  const newId = (): string => `payload-${String(++ids).padStart(4, '0')}`;
  return { newId, zlib, random: () => 0.5 };
}
