import { asyncScheduler, map } from 'rxjs';
import type { Ports } from '../ports.ts';
import type { ConfigText } from '../ports/configFile.ts';
import type { Claims, Identity } from '../ports/identity.ts';
import { type Table, isTable } from '../schema/config/plainData.ts';

export interface DeliveredPortsOptions {
  /** The real ones. */
  readonly real: Pick<Ports, 'http' | 'identity' | 'secret' | 'jwt'>;
  /** The local configuration, as data: where to deliver, and as whom. */
  readonly local: Table;
  /** The real time, ms since 1970; the replay's clock says the recorded one. */
  readonly realNow: () => number;
}

/** Sections that say where metrics go, and as whom. */
const OWN = ['backend', 'auth', 'tls', 'spool'];
/** Keys of `[collector]` that do. */
const OWN_KEYS = ['id', 'hostname', 'state_dir'];

/**
 * Ports over a recording that deliver to a real backend: requests, identity and tokens are real, configurations are pulled
 * from the recording. Lives of tokens are told in the replay's time.
 */
export function deliveredPorts(
  replayed: Ports,
  { real, local, realNow }: DeliveredPortsOptions,
): Ports {
  const aheadMs = (): number => realNow() - asyncScheduler.now();
  const toReplay = (identity: Identity): Identity => moved(identity, -aheadMs());
  const toReal = (identity: Identity): Identity => moved(identity, aheadMs());
  const ports: Ports = {
    ...replayed,
    http: (request) => (request.name === 'config' ? replayed.http(request) : real.http(request)),
    identity: {
      load: () => real.identity.load().pipe(map((held) => held && toReplay(held))),
      save: (identity) => real.identity.save(toReal(identity)),
    },
    secret: (path) => real.secret(path),
    jwt: {
      sign: (claims, path) => real.jwt.sign(shifted(claims, aheadMs() / 1_000), path),
      decode: (token) => {
        const claims = real.jwt.decode(token);
        return claims && shifted(claims, -aheadMs() / 1_000);
      },
    },
    configFile: {
      read: (path) => replayed.configFile.read(path),
      follow: (path, reload$) =>
        replayed.configFile
          .follow(path, reload$)
          .pipe(
            map((reading) =>
              'text' in reading ? withOwn(reading, local, replayed.configFormat) : reading,
            ),
          ),
    },
  };
  return ports;
}

/** An identity whose times are so many ms later. */
const moved = (identity: Identity, ms: number): Identity => ({
  ...identity,
  tokenArrivedAt: identity.tokenArrivedAt + ms,
  expiresAt:
    identity.expiresAt === null
      ? null
      : new Date(Date.parse(identity.expiresAt) + ms).toISOString(),
});

/** Claims whose times are so many seconds later. */
function shifted(claims: Claims, seconds: number): Claims {
  const later = (time: number): number => Math.round(time + seconds);
  const { exp, iat, nbf } = claims;
  return {
    ...claims,
    ...(exp !== undefined && { exp: later(exp) }),
    ...(iat !== undefined && { iat: later(iat) }),
    ...(nbf !== undefined && { nbf: later(nbf) }),
  };
}

/** A recorded text with the sections of the local configuration that say where metrics go. */
function withOwn(reading: ConfigText, local: Table, { parse }: Ports['configFormat']): ConfigText {
  const parsed = parse(reading.text);
  if ('problem' in parsed) return reading;
  const data: Record<string, unknown> = { ...parsed.data };
  for (const section of OWN) {
    if (section in local) data[section] = local[section];
    else Reflect.deleteProperty(data, section);
  }
  const mine = isTable(local['collector']) ? local['collector'] : {};
  const own = Object.fromEntries(Object.entries(mine).filter(([key]) => OWN_KEYS.includes(key)));
  const recorded = isTable(data['collector']) ? data['collector'] : {};
  const others = Object.entries(recorded).filter(([key]) => key !== 'id');
  data['collector'] = { ...Object.fromEntries(others), ...own };
  // Nothing of it is a reference to the environment.
  return { ...reading, text: JSON.stringify(data).replaceAll('${', () => '$${') };
}
