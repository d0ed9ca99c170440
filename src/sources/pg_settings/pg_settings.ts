import { randomBytes } from 'node:crypto';
import type { Static } from '@sinclair/typebox';
import { type Observable, concatMap, defer, map, take } from 'rxjs';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { parts } from '../parts.ts';
import { pgEvent, pgEventMetric } from '../pgEvent.ts';
import { polled } from '../polled.ts';
import { type Sample, type ServerContext, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { withFacts } from '../withFacts.ts';
import { pgSettingsMetric } from './pgSettingsMetric.ts';
import { type ReadSettings, readSettings } from './readSettings.ts';
import {
  type SettingValues,
  markOf,
  markedValues,
  settingChanges,
  valuesOf,
} from './settingChanges.ts';

/** What the next reading is compared with. */
interface Baseline {
  readonly values: SettingValues;
  /** Whether the role saw all settings: a GRANT shows more of them, and changes none. */
  readonly seesAll: boolean;
}

const settings = section(
  'settings of the server that are not at their default, and their changes',
  { default: 300, remoteMinimum: 10 },
  {},
);
type Context = ServerContext<Static<typeof settings>>;

/**
 * `pg_settings`: the settings of a server that are not at their default, and as events what changed since the last reading,
 * also across a restart of the collector: its mark holds digests, and the key that they were made with.
 */
export const pgSettings = serverSource({
  type: 'pg_settings',
  scope: 'server',
  settings,
  metrics: [pgSettingsMetric, pgEventMetric],
  read: (context) =>
    context.durable$.pipe(
      take(1),
      concatMap((mark) => followed(context, mark)),
    ),
});

function followed(context: Context, mark: Json | undefined): Observable<Sample> {
  const { server } = context;
  return defer(() => {
    const left = markedValues(mark);
    const key = left?.key ?? randomBytes(16).toString('hex');
    let baseline: Baseline | null = left;
    let marked = JSON.stringify(mark);
    const read$ = withFacts(context, ({ role }, own) =>
      readSettings(own.server, key).pipe(
        map((read) => {
          const now = { values: valuesOf(read, key), seesAll: role.monitor || role.superuser };
          const before = baseline?.seesAll === now.seesAll ? baseline.values : now.values;
          baseline = now;
          const events = settingChanges(server.name, before, now.values, read.loaded_at);
          return [...metricsOf(server.name, read), ...events.map(pgEvent)];
        }),
      ),
    );
    return polled(context, { timeoutMs: 15_000 }, () => read$).pipe(
      // Only a new mark: payloads that carry one are the last to be given up.
      map((sample) => {
        if (baseline === null) return sample;
        const newest = markOf(key, baseline.seesAll, baseline.values);
        const text = JSON.stringify(newest);
        if (text === marked) return sample;
        marked = text;
        return { ...sample, mark: newest };
      }),
    );
  });
}

function metricsOf(server: string, read: ReadSettings): readonly Metric[] {
  const { loaded_at, settings, overrides, overridesTotal, notSeen } = read;
  const metric: Metric = {
    type: 'pg_settings',
    timestamp: timestampNow(),
    server,
    loaded_at,
    settings,
    overrides,
    not_seen: notSeen,
    pending_restart: settings.filter(({ pending_restart }) => pending_restart === true).length,
    ...(overridesTotal > overrides.length && { truncated: true, total: overridesTotal }),
  };
  return parts(metric, ['settings', 'overrides']);
}
