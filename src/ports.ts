import type { Observable } from 'rxjs';
import type { ServerSettings } from './schema/config.ts';
import type { ConfigFile, ConfigFormat, PulledStore } from './ports/configFile.ts';
import type { Host } from './ports/host.ts';
import type { Http } from './ports/http.ts';
import type { IdentityStore, Jwt, SecretFile } from './ports/identity.ts';
import type { Logs } from './ports/logs.ts';
import type { Server } from './ports/server.ts';
import type { OpenSpool } from './ports/spool.ts';

/**
 * The outside world. Everything here is an Observable: subscribing starts the work, unsubscribing cancels it, and a
 * test hands in `timer(tookMs).pipe(map(() => reply))`. `io/` implements these; nothing else touches the world.
 */
export interface Ports {
  /**
   * One server; newest settings count from the next query on. Emits once and does not complete: unsubscribing, also by
   * `take(1)`, cancels what runs and closes the connections.
   */
  readonly postgres: (settings$: Observable<ServerSettings>) => Observable<Server>;
  readonly http: Http;
  readonly identity: IdentityStore;
  readonly jwt: Jwt;
  readonly secret: SecretFile;
  readonly configFile: ConfigFile;
  readonly configFormat: ConfigFormat;
  readonly pulledStore: PulledStore;
  readonly host: Host;
  readonly logs: Logs;
  readonly spool: OpenSpool;
}
