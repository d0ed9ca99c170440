import { Agent as PlainAgent } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import { messageOf } from '../errors.ts';
import type { Transport } from '../ports/http.ts';
import { riskyNodeOptions } from './riskyNodeOptions.ts';
import { TunnelAgent } from './tunnelAgent.ts';
import {
  type Certificates,
  expiryWarnings,
  fingerprint,
  loadCertificates,
} from './certificates.ts';

/** Most agents kept: the one in use, and those of settings that were in use a moment ago. */
const MAX_AGENTS = 4;
const DAY_MS = 86_400_000;
/** How often the files are looked at while nothing is sent, in ms. */
const LOOK_MS = 30_000;

interface Held {
  readonly agent: Agent;
  readonly certificates: Certificates;
  /** State of the files that were last looked at, loaded or not. */
  seen: string;
  warnedAt: number;
}

/**
 * One HTTPS agent (a pool of kept connections) for each way to reach a backend.
 *
 * The certificate files are looked at before each request, and every 30 s from the first one on. When they changed, a pair that fits replaces the old one with a
 * new agent, since an agent keeps the certificates it was born with. A pair that does not (yet) fit is reported once,
 * and the old one serves on: whoever swaps two files cannot swap them in one moment.
 */
export class Agents {
  readonly #held = new Map<string, Held>();
  readonly #loading = new Map<string, Promise<Held>>();
  readonly #onWarning: (message: string) => void;
  #environmentSeen = false;
  #newest: Transport | undefined;
  #look: NodeJS.Timeout | undefined;
  readonly plain = new PlainAgent({ keepAlive: true });

  constructor(onWarning: (message: string) => void) {
    this.#onWarning = onWarning;
  }

  /** The agent for a transport. Rejects with `CertificateError` where there is no usable pair, new or old. */
  async secure(transport: Transport): Promise<Agent> {
    this.#warnOfEnvironment();
    this.#newest = transport;
    this.#look ??= setInterval(() => void this.#lookAgain(), LOOK_MS).unref();
    return this.#use(transport);
  }

  async #lookAgain(): Promise<void> {
    // What is wrong with the files is told by the next request as well, which then fails.
    if (this.#newest) await this.#use(this.#newest).catch(() => undefined);
  }

  async #use(transport: Transport): Promise<Agent> {
    const key = keyOf(transport);
    const loading = this.#loading.get(key);
    if (loading !== undefined) return (await loading).agent;
    const work = this.#current(key, transport);
    this.#loading.set(key, work);
    try {
      const held = await work;
      this.#warn(held);
      return held.agent;
    } finally {
      this.#loading.delete(key);
    }
  }

  close(): void {
    clearInterval(this.#look);
    this.#look = undefined;
    this.#newest = undefined;
    for (const { agent } of this.#held.values()) agent.destroy();
    this.#held.clear();
    this.plain.destroy();
  }

  async #current(key: string, transport: Transport): Promise<Held> {
    const old = this.#held.get(key);
    const seen = await fingerprint(transport);
    if (old?.seen === seen) {
      this.#held.delete(key);
      this.#held.set(key, old);
      return old;
    }
    let certificates: Certificates;
    try {
      certificates = await loadCertificates(transport);
    } catch (error) {
      if (old === undefined) throw error;
      old.seen = seen;
      this.#onWarning(`${messageOf(error)}; the certificates loaded before stay in use`);
      return old;
    }
    if (old !== undefined) {
      retire(old.agent);
      this.#onWarning('the certificate files changed; the new ones are in use');
    }
    const held = { agent: agentOf(transport, certificates), certificates, seen, warnedAt: 0 };
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const [oldest, { agent }] of [...this.#held].slice(0, -MAX_AGENTS)) {
      this.#held.delete(oldest);
      retire(agent);
    }
    return held;
  }

  #warnOfEnvironment(): void {
    if (this.#environmentSeen) return;
    this.#environmentSeen = true;
    const { NODE_TLS_REJECT_UNAUTHORIZED: unverified, NODE_OPTIONS: options } = process.env;
    if (unverified === '0') {
      this.#onWarning(
        'NODE_TLS_REJECT_UNAUTHORIZED=0 is set in the environment and is not obeyed; remove it, and use [tls] verify',
      );
    }
    const risky = riskyNodeOptions(options);
    if (risky.length > 0) {
      this.#onWarning(
        `NODE_OPTIONS in the environment holds ${risky.join(', ')}, which Node obeys before the collector begins; remove it`,
      );
    }
  }

  #warn(held: Held): void {
    const now = Date.now();
    if (now - held.warnedAt < DAY_MS) return;
    held.warnedAt = now;
    for (const warning of expiryWarnings(held.certificates, now)) this.#onWarning(warning);
  }
}

/** `rejectUnauthorized` is always said: left out, Node obeys `NODE_TLS_REJECT_UNAUTHORIZED=0`. */
function agentOf(
  { verify, minVersion, proxy, timeoutMs }: Transport,
  { ca, cert, key }: Certificates,
): Agent {
  const options: AgentOptions = {
    keepAlive: true,
    minVersion,
    rejectUnauthorized: verify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return proxy === undefined
    ? new Agent(options)
    : new TunnelAgent(options, new URL(proxy), timeoutMs);
}

/** Lets requests in flight end, and keeps no connection after them. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function keyOf(transport: Transport): string {
  const { verify, minVersion, certFile, keyFile, caFile, issued, proxy, timeoutMs } = transport;
  const through = proxy === undefined ? [] : [proxy, timeoutMs];
  const certificate = issued?.certificate ?? null;
  return JSON.stringify([verify, minVersion, certFile, keyFile, caFile, certificate, ...through]);
}
