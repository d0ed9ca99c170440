import { type Observable, mergeMap, of, tap, using } from 'rxjs';
import { certificateWarnings } from '../io/certificateWarnings.ts';
import { configFile } from '../io/config/configFile.ts';
import { configFormat } from '../io/config/configFormat.ts';
import { sqlFile } from '../io/config/sqlFile.ts';
import { jsonForm } from '../io/jsonForm.ts';
import { type OpenPorts, openPorts } from '../io/ports.ts';
import type { Config } from '../schema/config.ts';
import { registry, sectionsOf } from '../sources/registry.ts';
import { loadConfig } from '../streams/config/loadConfig.ts';
import { type ConfigRules, type LocalConfig, configRules } from '../streams/config/localConfig.ts';
import type { World } from './world.ts';

/** What a command works with: a configuration that can be used, and the ports for it. */
export interface Opened {
  readonly local: LocalConfig;
  readonly rules: ConfigRules;
  readonly ports: OpenPorts;
}

/** The rules of configuration texts for all registered types. */
export const rulesFor = ({ environment }: World, needs: { backend: boolean }): ConfigRules =>
  configRules({
    sections: sectionsOf(registry),
    format: configFormat,
    environment,
    needs,
    sqlFile,
  });

/** Emits once where the files of `[tls]` can be used; errors with `CertificateError`. Says which of them end soon. */
function certificates({ tls }: Config, { log }: World): Observable<unknown> {
  return certificateWarnings({
    certFile: tls.cert_file ?? null,
    keyFile: tls.key_file ?? null,
    caFile: tls.ca_file ?? null,
    issued: null,
  }).pipe(
    tap((warnings) => {
      for (const message of warnings) log.write({ level: 'warn', unit: 'tls', message });
    }),
  );
}

/**
 * Loads the configuration, opens the ports (with the durable spool only where `needs` says so) and runs `work` with both;
 * closes the ports when it ends. Errors with `ConfigError` where the configuration cannot be used, and with
 * `CertificateError` where the files of `[tls]` cannot.
 *
 * @param source where the text comes from; default: the file
 */
export function opened<T>(
  world: World,
  file: string,
  needs: { readonly backend: boolean; readonly spool?: 'state' | 'memory' },
  work: (opened: Opened) => Observable<T>,
  source = configFile,
): Observable<T> {
  const rules = rulesFor(world, needs);
  return loadConfig(source, file, rules).pipe(
    mergeMap((local) => {
      const { log: settings, collector } = local.config;
      const { level, format } = settings;
      world.log.configure({ level, ...(format === 'json' && { form: jsonForm() }) });
      const ports = openPorts({
        stateDir: collector.state_dir,
        ...(needs.spool && { spool: needs.spool }),
        onWarning: (message) => world.log.write({ level: 'warn', unit: 'tls', message }),
      });
      const certified$ = needs.backend ? certificates(local.config, world) : of(undefined);
      return using(
        () => ({ unsubscribe: ports.close }),
        () => certified$.pipe(mergeMap(() => work({ local, rules, ports }))),
      );
    }),
  );
}
