import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { type Observable, concatMap, defer, endWith, ignoreElements, map, tap } from 'rxjs';
import { chooser } from '../../postgres/choose.ts';
import { guardedReads } from '../../postgres/lockGuard.ts';
import { fieldsOf, selection } from '../../postgres/selection.ts';
import type { Query } from '../../ports/server.ts';
import { flag, integer, list, optional, record, text } from '../../schema/fields.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { metricSchema } from '../../schema/metric.ts';
import { section } from '../../schema/section.ts';
import { type DatabaseVisit, eachDatabase } from '../eachDatabase.ts';
import { parts } from '../parts.ts';
import { type MonitoredServer, serverSource } from '../source.ts';
import { timestampNow } from '../timestamp.ts';
import { sequenceColumns } from './sequenceColumns.ts';
import { sequencesRead, sequencesSql } from './sequencesSql.ts';

const settings = section(
  'how full sequences and the columns behind them are',
  { default: 3600, minimum: 60, remoteMinimum: 300 },
  {
    max_sequences: Type.Integer({
      description: 'sequences per database: the fullest',
      default: 200,
      minimum: 1,
      maximum: 10_000,
      remote: true,
      remoteMaximum: 1_000,
    }),
  },
);
type Visit = DatabaseVisit<Static<typeof settings>>;

/** `pg_sequences`: how much is left of the sequences of one database. */
export const pgSequencesMetric = metricSchema(
  'pg_sequences',
  'The fullest sequences of one database, with the columns that they fill',
  {
    server: text('the monitored server'),
    database: text('pg_database.datname'),
    sequences: list(record(fieldsOf(sequenceColumns)), 'pg_sequence, the fullest first'),
    sequences_total: integer('how many there are, temporary ones left out'),
    unavailable_total: integer('of how many last_value cannot be read for want of a right'),
    skipped: integer('how many could not be read because another session locks them'),
    truncated: optional(flag('true: sequences were left out, see max_sequences')),
    total: optional(integer('sequences_total; present where some were left out')),
  },
);

/** `pg_sequences`: one metric per database and interval. */
export const pgSequences = serverSource({
  type: 'pg_sequences',
  scope: 'server',
  settings,
  rhythms: [{ key: 'interval', kind: 'schema' }],
  metrics: [pgSequencesMetric],
  read: (context) =>
    eachDatabase(context, {
      type: 'pg_sequences',
      what: 'sequences',
      read: (visit) => readDatabase(visit.server, visit),
    }),
});

type Fields = Record<string, Json>;

function readDatabase(
  server: MonitoredServer,
  { database, facts, settings: { max_sequences } }: Visit,
): Observable<readonly Metric[]> {
  const columns = selection(sequenceColumns, facts.has, 1);
  const at = (what: string, sql: string): Query => ({
    name: `pg_sequences/${what}`,
    sql,
    lane: 'database',
    database: database.name,
    timeoutMs: 5_000,
  });
  return defer(() => {
    const fullest = chooser<Fields>({ max: max_sequences, rankings: [usedOf], keep: () => false });
    const counts = { unavailable: 0, skipped: 0 };
    return server.query(at('list', sequencesSql)).pipe(
      concatMap((rows) =>
        guardedReads({
          oids: rows.map(([oid]) => Number(oid)),
          read: (chunk) =>
            server.query({ ...at('sequences', sequencesRead(columns.sql)), values: [chunk] }),
          oidOf: ([oid]) => Number(oid),
        }),
      ),
      tap(({ rows, skipped }) => {
        const sequences = rows.map(columns.read);
        counts.skipped += skipped.length;
        counts.unavailable += sequences.filter(({ unavailable }) => unavailable !== null).length;
        fullest.add(sequences);
      }),
      ignoreElements(),
      endWith(null),
      map(() => {
        const { chosen, total: read } = fullest.result();
        const sequences = [...chosen].sort((a, b) => usedOf(b) - usedOf(a));
        const total = read + counts.skipped;
        const metric: Metric = {
          type: 'pg_sequences',
          timestamp: timestampNow(),
          server: server.name,
          database: database.name,
          sequences,
          sequences_total: total,
          unavailable_total: counts.unavailable,
          skipped: counts.skipped,
          ...(read > sequences.length && { truncated: true, total }),
        };
        return parts(metric, ['sequences']);
      }),
    );
  });
}

/** Those that were never used, or cannot be read, come last. */
const usedOf = ({ used_ratio }: Fields): number => Number(used_ratio ?? -1);
