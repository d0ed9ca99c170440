import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import { configFile } from './config/configFile.ts';
import { configFormat } from './config/configFormat.ts';
import { pulledStore } from './config/pulledStore.ts';
import { enginePace } from './enginePace.ts';
import { host } from './host.ts';
import { http } from './http.ts';
import { identityStore } from './identity.ts';
import { jwt } from './jwt.ts';
import { logs } from './logs.ts';
import { memorySpool } from './memorySpool.ts';
import { postgres } from './postgres/postgres.ts';
import { readSecret, secretFile } from './secretFile.ts';
import { stateSpool } from './spool/stateSpool.ts';

export interface PortsOptions {
  /** `[collector] state_dir` */
  readonly stateDir: string;
  /** Certificates that were swapped, cannot be, or end soon. */
  readonly onWarning: (message: string) => void;
  /** `state`: payloads outlive the process, and the state directory is locked. Default: `memory`. */
  readonly spool?: 'state' | 'memory';
}

/** The outside world, open; `close` gives back what it keeps: sockets and open files. */
export interface OpenPorts extends Ports {
  readonly close: () => void;
}

/** Opens all ports on the real world. */
export function openPorts({ stateDir, onWarning, spool = 'memory' }: PortsOptions): OpenPorts {
  const backend = http({ onWarning });
  const here = host();
  const ports: OpenPorts = {
    postgres: postgres({ readSecret, passFile: passFile() }),
    http: backend.request,
    identity: identityStore(stateDir),
    jwt,
    secret: secretFile,
    configFile,
    configFormat,
    pulledStore: pulledStore(stateDir),
    host: here,
    logs: logs({ hurry: enginePace.hurry }),
    spool: spool === 'state' ? stateSpool(stateDir) : memorySpool,
    close: () => {
      backend.close();
      here.close();
    },
  };
  return ports;
}

/** libpq's password file. */
const passFile = (): string => process.env['PGPASSFILE'] ?? join(homedir(), '.pgpass');
