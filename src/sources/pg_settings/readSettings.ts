import { type Observable, forkJoin, map } from 'rxjs';
import { array, bool, int64, timestamp } from '../../postgres/values.ts';
import type { Row } from '../../ports/server.ts';
import type { MonitoredServer } from '../source.ts';
import type { Override, Setting } from './pgSettingsMetric.ts';
import { isSecretSetting, keyedHash } from './settingMask.ts';

/** What was read, values that may be secret as hashes. */
export interface ReadSettings {
  readonly loaded_at: string | null;
  readonly settings: readonly Setting[];
  readonly overrides: readonly Override[];
  readonly overridesTotal: number;
  readonly notSeen: readonly string[];
}

/** Overrides that are listed. */
const MAX_OVERRIDES = 1000;

const settingsSql = `SELECT pg_conf_load_time(), name, setting, unit, source, boot_val, context, sourcefile, sourceline,
    pending_restart
  FROM pg_settings WHERE (source <> 'default' OR pending_restart)
    AND name <> ALL ('{transaction_isolation,transaction_read_only,transaction_deferrable}') ORDER BY name`;

const overridesSql = `SELECT d.datname, CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, s.setconfig
  FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase ORDER BY 1 NULLS FIRST, 2 NULLS FIRST`;

/** Reads the settings that are not at their default, and those of databases and roles. Emits once. */
export function readSettings(server: MonitoredServer, key: string): Observable<ReadSettings> {
  function read(what: string, sql: string): Observable<readonly Row[]> {
    return server.query({ name: `pg_settings/${what}`, sql, lane: 'slow', timeoutMs: 5_000 });
  }
  const shown = (name: string, value: string | null): Pick<Setting, 'value' | 'value_hash'> =>
    value !== null && value !== '' && isSecretSetting(name)
      ? { value: null, value_hash: keyedHash(key, value) }
      : { value, value_hash: null };
  return forkJoin([read('settings', settingsSql), read('overrides', overridesSql)]).pipe(
    map(([rows, overridden]) => {
      const settings: Setting[] = [];
      const notSeen: string[] = [];
      for (const row of rows) {
        const [, name = null, value = null, unit = null, source = null, initial = null] = row;
        const [context = null, file = null, line = null, pending = null] = row.slice(6);
        if (source === 'client' || source === 'session') {
          notSeen.push(name ?? '');
          continue;
        }
        settings.push({
          name: name ?? '',
          ...shown(name ?? '', value),
          unit,
          default: isSecretSetting(name ?? '') ? null : initial,
          source,
          context,
          file,
          line: line === null ? null : Number(int64(line)),
          pending_restart: bool(pending),
        });
      }
      const overrides = overridden.flatMap(([database = null, role = null, config = null]) =>
        (array(config) ?? []).map((pair): Override => {
          const [name, value] = splitPair(pair ?? '');
          return { database, role, name, ...shown(name, value) };
        }),
      );
      return {
        loaded_at: timestamp(rows[0]?.[0] ?? null),
        settings,
        overrides: overrides.slice(0, MAX_OVERRIDES),
        overridesTotal: overrides.length,
        notSeen,
      };
    }),
  );
}

function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
