import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import type { MetricSchema } from '../../src/schema/metric.ts';
import { type Authority, makeAuthority, type Pair } from '../certificates.ts';
import type { State } from './call.ts';
import { Configs } from './configs.ts';
import { Faults } from './faults.ts';
import { Ledger } from './ledger.ts';
import { profiles } from './profile.ts';
import { Received } from './received.ts';
import { schemaCheck } from './schemaCheck.ts';
import { type ClientCertificates, serve } from './serve.ts';
import { Tokens } from './tokens.ts';

export interface BackendOptions {
  /** Which contract it keeps. Default: `documented`. */
  readonly profile?: 'documented' | 'deployed';
  /** false: plain HTTP. Default: TLS 1.3 only, with a server certificate of `authority`. */
  readonly tls?: TlsOptions | false;
  /** Default: a free one of 127.0.0.1. */
  readonly port?: number;
  /** Default: a new one. */
  readonly authority?: Authority;
  /** Default: a random one. */
  readonly registrationSecret?: string;
  /** Signs the tokens; a collector in `shared_secret` mode knows it. At least 32 bytes. Default: a random one. */
  readonly sharedSecret?: string;
  /** In seconds. Default: 3600 documented, 1800 deployed. */
  readonly tokenLifetimeS?: number;
  /** Whether registration answers with a certificate and a key. Default: with TLS. */
  readonly issueCertificates?: boolean;
  /**
   * `demanded`: asked for in the handshake, demanded on push, refresh and config. `required`: already the handshake
   * fails without one. `ignored`: not asked for. Default: `demanded`.
   */
  readonly clientCertificates?: ClientCertificates;
  /** Default: only deployed. */
  readonly rateLimit?: boolean;
  /** Every metric is checked against the schema of its type. Default: no check. */
  readonly schemas?: readonly MetricSchema[];
  /** Whether requests and metrics are kept, or only sums. Default: true. */
  readonly keep?: boolean;
  /** Whether large integers are read exactly, as bigints; costs time. Default: as `keep`. */
  readonly lossless?: boolean;
  /** A body that is larger after decompression gets 413, in bytes. Default: no bound. */
  readonly maxBodyBytes?: number;
}

export interface TlsOptions {
  /** Default: `TLSv1.3`, or `maxVersion`. */
  readonly minVersion?: SecureVersion;
  /** Default: `TLSv1.3`. */
  readonly maxVersion?: SecureVersion;
  /** The server's certificate. Default: one of `authority` for 127.0.0.1 and localhost. */
  readonly pair?: Pair;
}

/** A backend that keeps everything in memory and tells what it received. */
export interface MockBackend {
  /** `https://127.0.0.1:<port>`, without the base path. */
  readonly url: string;
  readonly port: number;
  /** Issues server and client certificates that this backend and its clients accept. */
  readonly authority: Authority;
  readonly registrationSecret: string;
  readonly sharedSecret: string;
  readonly received: Received;
  readonly faults: Faults;
  /** Issues, verifies, revokes and expires tokens; `lifetimeS` can be changed. */
  readonly tokens: Tokens;
  /** How far its clock is ahead, in ms; also in the `Date` header. */
  clockOffsetMs: number;
  /** Writes the authority's certificate into a temporary file and tells its path; removed by `stop`. */
  caFile(): Promise<string>;
  /** Stores the configuration of one collector, or of all without their own (`*`); null removes it. */
  setConfig(collectorId: string, text: string | null, version?: number): void;
  /** From now on a refresh of its token is a 404. */
  deleteCollector(collectorId: string): void;
  /** Changes the certificate for connections from now on. */
  useCertificate(pair: Pair): void;
  /** Closes the port and all connections; what it knows stays. */
  down(): Promise<void>;
  /** Opens the same port again. */
  up(): Promise<void>;
  /** Ends at once, with all open connections. */
  stop(): Promise<void>;
}

/** Starts a mock backend: a real HTTPS server that keeps one of the two contracts, with scripted faults. */
export async function startBackend(options: BackendOptions = {}): Promise<MockBackend> {
  const profile = profiles[options.profile ?? 'documented'];
  const authority = options.authority ?? (await makeAuthority());
  const tls = options.tls ?? {};
  const sharedSecret = options.sharedSecret ?? randomBytes(32).toString('hex');
  const keep = options.keep ?? true;
  const clock = { offsetMs: 0 };
  const now = () => Date.now() + clock.offsetMs;
  const lifetimeS = options.tokenLifetimeS ?? profile.tokenLifetimeS;
  const state: State = {
    profile,
    now,
    startedAt: Date.now(),
    tokens: new Tokens({ secret: sharedSecret, lifetimeS, now }),
    registrationSecret: options.registrationSecret ?? randomUUID(),
    authority,
    issueCertificates: options.issueCertificates ?? tls !== false,
    issued: new Set(),
    collectors: new Map(),
    configs: new Configs(),
    ledger: new Ledger(),
    received: new Received(keep),
    maxBodyBytes: options.maxBodyBytes ?? Infinity,
    lossless: options.lossless ?? keep,
    schemaCheck: options.schemas && schemaCheck(options.schemas),
  };
  const faults = new Faults();
  const server = await serve(state, faults, {
    port: options.port ?? 0,
    rateLimit: options.rateLimit ?? profile.rateLimit,
    clientCertificates: options.clientCertificates ?? 'demanded',
    tls: tls && {
      pair: tls.pair ?? (await authority.server()),
      minVersion: tls.minVersion ?? tls.maxVersion ?? 'TLSv1.3',
      maxVersion: tls.maxVersion ?? 'TLSv1.3',
    },
  });
  let folder: string | undefined;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`,
    port: server.port,
    authority,
    registrationSecret: state.registrationSecret,
    sharedSecret,
    received: state.received,
    faults,
    tokens: state.tokens,
    get clockOffsetMs() {
      return clock.offsetMs;
    },
    set clockOffsetMs(offsetMs) {
      clock.offsetMs = offsetMs;
    },
    async caFile() {
      folder ??= await mkdtemp(join(tmpdir(), 'backend-'));
      const path = join(folder, 'ca.pem');
      await writeFile(path, authority.certificate);
      return path;
    },
    setConfig: (collectorId, text, version) => state.configs.set(collectorId, text, version),
    deleteCollector(collectorId) {
      const collector = state.collectors.get(collectorId);
      if (!collector) throw new Error(`There is no collector ${collectorId}`);
      collector.deleted = true;
    },
    useCertificate: server.useCertificate,
    down: server.close,
    up: server.listen,
    async stop() {
      await server.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
