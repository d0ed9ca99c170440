import { takeUntil } from 'rxjs';
import { eachKey } from '../../operators/eachKey.ts';
import { Custom } from '../../schema/config/custom.ts';
import { type Sample, serverSource } from '../source.ts';
import { customMetric } from './customMetric.ts';
import { customQuery } from './customQuery.ts';
import { type QuerySettings, queriesFor, sameSettings } from './customSettings.ts';

/**
 * `custom`: one metric for each query of `[custom.<name>]`, database and interval.
 *
 *     settings   a-------------ab--------b-----      two queries: each comes, changes and goes by itself
 *     query a    a----a----a----a----a-|
 *     query b                  b----b----b----
 *     result     a----a----a---ba---ba---b----
 */
export const custom = serverSource({
  type: 'custom',
  scope: 'server',
  settings: Custom,
  rhythms: [{ key: '*.interval' }],
  metrics: [customMetric],
  parts: (section, server) =>
    [...queriesFor(section, server)].flatMap(([name, { enabled }]) => (enabled ? [name] : [])),
  read: (context) => {
    const section$ = context.settings$.pipe(takeUntil(context.stop$));
    return section$.pipe(
      eachKey<Custom, QuerySettings, Sample>(
        (section) => queriesFor(section, context.server.name),
        sameSettings,
        (name, settings$, gone$) => customQuery(context, name, settings$, gone$),
      ),
    );
  },
});
