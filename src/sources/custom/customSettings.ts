import type { SectionSettings } from '../../schema/config.ts';
import { type Custom, type CustomQuery, customQueries } from '../../schema/config/custom.ts';
import { wildcard } from '../../schema/wildcard.ts';

/** What one query on one server is run with. */
export interface QuerySettings extends SectionSettings {
  readonly query: CustomQuery;
  /** `[custom] allow_superuser` */
  readonly allowSuperuser: boolean;
}

/** The queries that are meant for a server, by name; also those that are off. */
export const queriesFor = (section: Custom, server: string): ReadonlyMap<string, QuerySettings> =>
  new Map(
    [...customQueries(section)]
      .filter(([, { servers }]) => servers.some((pattern) => wildcard(pattern, server)))
      .map(([name, query]) => [
        name,
        {
          enabled: section.enabled && query.enabled,
          interval: query.interval,
          allowSuperuser: section.allow_superuser,
          query,
        },
      ]),
  );

/** Whether a query runs with the same settings. */
export const sameSettings = (a: QuerySettings, b: QuerySettings): boolean =>
  a.query === b.query && a.enabled === b.enabled && a.allowSuperuser === b.allowSuperuser;
