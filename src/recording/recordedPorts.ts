import { type Observable, defer } from 'rxjs';
import type { Ports } from '../ports.ts';
import type { PulledText } from '../ports/configFile.ts';
import type { Identity } from '../ports/identity.ts';
import type { Json } from '../schema/json.ts';
import { hidden } from './mask/hidden.ts';
import { type ConfigMasks, maskConfig } from './mask/maskConfig.ts';
import { maskReply, maskToken } from './mask/maskReply.ts';
import type { LazyRecord } from './note.ts';
import { recordedHost } from './recordedHost.ts';
import { recordedLogs } from './recordedLogs.ts';
import { recordedPostgres } from './recordedPostgres.ts';
import { type Recorder, recorder } from './recorder.ts';

/** What one recording is to look like. */
export interface TapeOptions {
  /** The moment from which `t` counts, ms since 1970; the header says the same. */
  readonly startedAt: number;
  /** Names of this host and its folders, and what stands for each; they are replaced in every text. */
  readonly places?: ReadonlyMap<string, string>;
  /** Whether a configuration's value of this key may be shown; all others become placeholders. */
  readonly isPublic: (key: string) => boolean;
}

/** Ports that can be recorded, and a way to record what does not come in at a port. */
export interface RecordedPorts {
  readonly ports: Ports;
  /** A signal of this moment. `stop`: a clean end is asked for. `reload`: SIGHUP. */
  readonly signal: (name: 'stop' | 'reload') => void;
  /** Everything that comes in while it is subscribed, behind what is known already; never ends by itself. */
  readonly records: (options: TapeOptions) => Observable<LazyRecord>;
}

/**
 * The same ports; everything that comes in can be recorded, masked, as soon as it is whole.
 *
 *     port      ---a-----b--x
 *     result    ---a-----b--x
 *     records   ---N-----N--E
 *
 * What goes out (request bodies, stored state, spooled payloads) is not recorded: a replay makes it anew. Nothing secret is
 * in a record: tokens become placeholders, certificates and keys are left out, statements and log lines lose their values.
 */
export function recordedPorts(ports: Ports): RecordedPorts {
  const rec = recorder();
  const { call, know } = rec;
  const recorded: Ports = {
    ...ports,
    postgres: recordedPostgres(ports.postgres, rec),
    http: (request) =>
      call(`http/${request.name}`, ports.http(request), ([reply], masks) =>
        reply === undefined ? null : { ...maskReply(request.name, reply, masks) },
      ),
    identity: {
      load: () =>
        call('identity', ports.identity.load(), ([held], masks) => identityOf(held ?? null, masks)),
      save: (identity) =>
        defer(() => {
          know('identity', (masks) => identityOf(identity, masks));
          return ports.identity.save(identity);
        }),
    },
    secret: (path) => call('secret', ports.secret(path), () => null),
    jwt: {
      sign: (claims, path) => call('signature', ports.jwt.sign(claims, path), () => null),
      decode: (token) => ports.jwt.decode(token),
    },
    configFile: configFileOf(ports.configFile, rec),
    pulledStore: {
      load: () =>
        call('pulled', ports.pulledStore.load(), ([kept], masks) => pulledOf(kept, masks)),
      save: (pulled) =>
        defer(() => {
          know('pulled', (masks) => pulledOf(pulled, masks));
          return ports.pulledStore.save(pulled);
        }),
    },
    host: recordedHost(ports.host, rec),
    logs: recordedLogs(ports.logs, rec),
  };
  const made: RecordedPorts = {
    ports: recorded,
    signal: (name) => rec.put(name, null),
    records: ({ startedAt, places, isPublic }) =>
      rec.records({
        startedAt,
        masks: {
          format: ports.configFormat,
          isPublic,
          hidden: hidden(places ? { places } : {}),
        },
      }),
  };
  return made;
}

/** The text at the start, which could be used, and so many later ones: of those the last may have been refused. */
const KEPT_TEXTS = 4;

function configFileOf(file: Ports['configFile'], { push }: Recorder): Ports['configFile'] {
  type Reading = ReturnType<typeof file.follow> extends Observable<infer R> ? R : never;
  const valueOf = (reading: Reading, masks: ConfigMasks): Json =>
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
    follow: (path, reload$) =>
      push('config', file.follow(path, reload$), valueOf, { last: KEPT_TEXTS }),
  };
  return recorded;
}

const identityOf = (identity: Identity | null, masks: ConfigMasks): Json =>
  identity && {
    ...identity,
    formerIds: [],
    collectorId: masks.hidden.ids(identity.collectorId),
    token: maskToken(identity.token, masks),
    certificate: null,
    privateKey: null,
  };

const pulledOf = (pulled: PulledText | null | undefined, masks: ConfigMasks): Json =>
  pulled ? { version: pulled.version, text: maskConfig(pulled.text, masks) } : null;
