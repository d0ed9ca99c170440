import type { Authority } from '../certificates.ts';
import type { Configs } from './configs.ts';
import type { Ledger } from './ledger.ts';
import type { Profile } from './profile.ts';
import type { Received, ReceivedRequest } from './received.ts';
import type { Reply } from './reply.ts';
import type { SchemaCheck } from './schemaCheck.ts';
import type { TokenClaims, Tokens } from './tokens.ts';

/** A collector that registered. */
export interface Collector {
  readonly name: string;
  readonly hostname: string;
  deleted: boolean;
}

/** All that the backend knows while it lives. */
export interface State {
  readonly profile: Profile;
  /** The backend's clock, ms since 1970. */
  readonly now: () => number;
  readonly startedAt: number;
  readonly tokens: Tokens;
  readonly registrationSecret: string;
  readonly authority: Authority;
  readonly issueCertificates: boolean;
  /** SHA-256 fingerprints of the certificates that registration issued. */
  readonly issued: Set<string>;
  readonly collectors: Map<string, Collector>;
  readonly configs: Configs;
  readonly ledger: Ledger;
  readonly received: Received;
  /** Largest body after decompression that is no 413, in bytes. */
  readonly maxBodyBytes: number;
  /** Whether 64-bit integers are read exactly. */
  readonly lossless: boolean;
  readonly schemaCheck: SchemaCheck | undefined;
}

/** One request, as its handler sees it. */
export interface Call {
  readonly request: ReceivedRequest;
  /** As it came, secrets included. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came on the wire. */
  readonly body: Buffer;
  /** The last part of the path, where the route has a parameter. */
  readonly parameter: string;
  /** Of the verified token; only where the route asks for one. */
  readonly claims: TokenClaims | undefined;
  /** Resolves when the handler may go on: a slow backend is slow here. */
  readonly hold: () => Promise<void>;
}

/** Handles one request whose rights were checked. */
export type Handler = (call: Call, state: State) => Promise<Reply> | Reply;
