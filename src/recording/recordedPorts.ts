import type { Observable } from 'rxjs';
import type { Identity, Ports, PulledText } from '../ports.ts';
import type { Json } from '../schema/json.ts';
import { hidden } from './mask/hidden.ts';
import { type ConfigMasks, maskConfig } from './mask/maskConfig.ts';
import { maskReply, maskToken } from './mask/maskReply.ts';
import type { Recorded } from './recorded.ts';
import { recordedHost } from './recordedHost.ts';
import { recordedLogs } from './recordedLogs.ts';
import { recordedPostgres } from './recordedPostgres.ts';
import { type Recorder, recorder } from './recorder.ts';

export interface RecordedPortsOptions {
  /** The moment from which `t` counts, ms since 1970; the header says the same. */
  readonly startedAt: number;
  /** Names of this host and its folders, and what stands for each; they are replaced in every text. */
  readonly places?: ReadonlyMap<string, string>;
  /** Whether a configuration's value of this key may be shown; all others become placeholders. */
  readonly isPublic: (key: string) => boolean;
}

/** Ports that are recorded, and a way to record what does not come in at a port. */
export interface RecordedPorts {
  readonly ports: Ports;
  /** A signal of this moment. `stop`: a clean end is asked for. `reload`: SIGHUP. */
  readonly signal: (name: 'stop' | 'reload') => void;
}

/**
 * The same ports; everything that comes in is handed to `write` as well, masked, as soon as it is whole.
 *
 *     port      ---a-----b--x
 *     result    ---a-----b--x
 *     write     ---N-----N--E
 *
 * What goes out (request bodies, stored state, spooled payloads) is not recorded: a replay makes it anew. Nothing secret is
 * handed to `write`: tokens become placeholders, certificates and keys are left out, statements and log lines lose their
 * values.
 */
export function recordedPorts(
  ports: Ports,
  write: (record: Recorded) => void,
  { startedAt, places, isPublic }: RecordedPortsOptions,
): RecordedPorts {
  const masks: ConfigMasks = {
    format: ports.configFormat,
    isPublic,
    hidden: hidden(places ? { places } : {}),
  };
  const rec = recorder({ write, startedAt, hidden: masks.hidden });
  const recorded: Ports = {
    ...ports,
    postgres: recordedPostgres(ports.postgres, rec),
    http: (request) =>
      rec.call(`http/${request.name}`, ports.http(request), ([reply]) =>
        reply === undefined ? null : { ...maskReply(request.name, reply, masks) },
      ),
    identity: {
      load: () =>
        rec.call('identity', ports.identity.load(), ([held]) => identityOf(held ?? null, masks)),
      save: (identity) => ports.identity.save(identity),
    },
    secret: (path) => rec.call('secret', ports.secret(path), () => null),
    jwt: {
      sign: (claims, path) => rec.call('signature', ports.jwt.sign(claims, path), () => null),
      decode: (token) => ports.jwt.decode(token),
    },
    configFile: configFileOf(ports.configFile, rec, masks),
    pulledStore: {
      load: () => rec.call('pulled', ports.pulledStore.load(), ([kept]) => pulledOf(kept, masks)),
      save: (pulled) => ports.pulledStore.save(pulled),
    },
    host: recordedHost(ports.host, rec),
    logs: recordedLogs(ports.logs, rec),
  };
  return { ports: recorded, signal: (name) => rec.put(name, null) };
}

function configFileOf(
  file: Ports['configFile'],
  { push }: Recorder,
  masks: ConfigMasks,
): Ports['configFile'] {
  type Reading = ReturnType<typeof file.follow> extends Observable<infer R> ? R : never;
  const valueOf = (reading: Reading): Json =>
    'problem' in reading
      ? { name: 'collector.toml', origin: reading.origin, problem: reading.problem }
      : {
          name: 'collector.toml',
          origin: reading.origin,
          exposed: reading.exposed,
          text: maskConfig(reading.text, masks),
        };
  const recorded: Ports['configFile'] = {
    read: (path) => file.read(path),
    follow: (path, reload$) => push('config', file.follow(path, reload$), valueOf),
  };
  return recorded;
}

const identityOf = (identity: Identity | null, masks: ConfigMasks): Json =>
  identity && {
    ...identity,
    collectorId: masks.hidden.ids(identity.collectorId),
    token: maskToken(identity.token, masks),
    certificate: null,
    privateKey: null,
  };

const pulledOf = (pulled: PulledText | null | undefined, masks: ConfigMasks): Json =>
  pulled ? { version: pulled.version, text: maskConfig(pulled.text, masks) } : null;
