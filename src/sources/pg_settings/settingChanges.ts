import type { Json } from '../../schema/json.ts';
import type { PgEvent } from '../pgEvent.ts';
import type { ReadSettings } from './readSettings.ts';
import { keyedHash } from './settingMask.ts';

/** One value at one moment. */
interface Value {
  /** What may be shown; null where that may be secret, and where only the digest is known. */
  readonly shown: string | null;
  readonly digest: string;
}

/** The values of a moment, by what they belong to: `work_mem`, `work_mem of role app in database shop`. */
export type SettingValues = ReadonlyMap<string, Value>;

/** The values that were read. */
export function valuesOf({ settings, overrides }: ReadSettings, key: string): SettingValues {
  const values = new Map<string, Value>();
  const note = (what: string, value: string | null, hash: string | null, unit = ''): void => {
    const shown = value === null ? null : `${value}${unit}`;
    values.set(what, { shown, digest: hash ?? keyedHash(key, shown ?? '') });
  };
  for (const { name, value, value_hash, unit } of settings) {
    note(name, value, value_hash, unit === null ? '' : ` ${unit}`);
  }
  for (const { name, role, database, value, value_hash } of overrides) {
    const of = role === null ? '' : ` of role ${role}`;
    const where = database === null ? '' : ` in database ${database}`;
    note(`${name}${of}${where}`, value, value_hash);
  }
  return values;
}

/** Events of one reading; more are summed up in one. */
const MAX_EVENTS = 50;

/** What changed between two readings, as events. A value whose old text is not known any more has no `before`. */
export function settingChanges(
  server: string,
  before: SettingValues,
  now: SettingValues,
  happened_at: string | null,
): readonly PgEvent[] {
  const event = 'setting_changed';
  const events: PgEvent[] = [];
  const note = (object: string, words: string, old?: Value, young?: Value): void => {
    events.push({
      server,
      event,
      object,
      before: old?.shown ?? null,
      after: young?.shown ?? null,
      happened_at,
      message: `${object} ${words}`,
    });
  };
  for (const [what, value] of now) {
    const old = before.get(what);
    if (old === undefined) note(what, 'is no longer at its default', undefined, value);
    else if (old.digest !== value.digest) note(what, 'was changed', old, value);
  }
  for (const [what, old] of before) if (!now.has(what)) note(what, 'is at its default again', old);
  if (events.length <= MAX_EVENTS) return events;
  const message = `${events.length} settings were changed`;
  return [{ server, event, happened_at, count: events.length, message }];
}

/** What survives a restart of the collector: digests alone, with their key. */
export const markOf = (key: string, seesAll: boolean, values: SettingValues): Json => ({
  key,
  sees_all: seesAll,
  digests: Object.fromEntries([...values].map(([what, { digest }]) => [what, digest])),
});

/** What an earlier run has left; null where it left nothing that can be read. */
export function markedValues(
  mark: Json | undefined,
): { readonly key: string; readonly seesAll: boolean; readonly values: SettingValues } | null {
  if (typeof mark !== 'object' || mark === null || Array.isArray(mark)) return null;
  const { key, sees_all, digests } = mark as Readonly<Record<string, Json>>;
  if (typeof key !== 'string' || typeof digests !== 'object' || digests === null) return null;
  const values = new Map<string, Value>();
  for (const [what, digest] of Object.entries(digests)) {
    if (typeof digest === 'string') values.set(what, { shown: null, digest });
  }
  return { key, seesAll: sees_all === true, values };
}
