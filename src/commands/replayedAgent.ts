import { type Observable, defer, of } from 'rxjs';
import { configFormat } from '../io/config/configFormat.ts';
import { memorySpool } from '../io/memorySpool.ts';
import type { Recording } from '../recording/readRecording.ts';
import { replayedPorts } from '../recording/replayedPorts.ts';
import type { Entry } from '../schema/journal.ts';
import { registry, sectionsOf } from '../sources/registry.ts';
import { type AgentOptions, type Outlet, agent } from '../streams/agent.ts';
import { config } from '../streams/config.ts';
import { configRules } from '../streams/config/localConfig.ts';

export interface ReplayedAgentOptions {
  readonly recording: Recording;
  readonly outlet?: Outlet;
  /** The topology. Default: the agent. */
  readonly topology?: (options: AgentOptions) => Observable<Entry>;
}

/**
 * The whole agent on a recording; to be subscribed on a clock that says when the recording began (`onReplayClock`).
 *
 * Nothing in it is left to chance: ids count up, backoff waits half of its greatest wait, bodies are not compressed, and the
 * version is the one that recorded. It ends where the recorded run was asked to end, or where the recording does.
 */
export function replayedAgent({
  recording,
  outlet = 'backend',
  topology = agent,
}: ReplayedAgentOptions): Observable<Entry> {
  return defer(() => {
    const { ports, stop$, reload$ } = replayedPorts(recording, {
      spool: memorySpool,
      configFormat,
    });
    const rules = configRules({
      sections: sectionsOf(registry),
      format: ports.configFormat,
      environment: {},
      needs: { backend: outlet === 'backend' },
    });
    const { types, agent: version, phase } = recording.header;
    let ids = 0;
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
      newId: () => `payload-${String(++ids).padStart(4, '0')}`,
      zlib: {
        compress: (data) => of(typeof data === 'string' ? Buffer.from(data) : data),
        decompress: (data) => of(data),
      },
      random: () => 0.5,
      ...(phase !== undefined && { phase }),
    });
  });
}
