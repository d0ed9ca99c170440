import { fieldsOf } from '../../postgres/selection.ts';
import { list, nullable, oneOf, record, text } from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';
import { groups } from './groups.ts';
import { ioColumns } from './io.ts';
import { serverColumns } from './serverColumns.ts';
import { slruColumns } from './slru.ts';

/** `pg_global`: what concerns a server as a whole. */
export const pgGlobalMetric = metricSchema(
  'pg_global',
  'Cluster-wide statistics of one server; counters are cumulative since the stats_reset of their group. Names are those of the newest version, whatever the server’s',
  {
    server: text('the monitored server'),
    system_identifier: nullable(
      text(
        'pg_control_system().system_identifier in digits: a primary and its standbys share it; null where it may not be read',
      ),
    ),
    ...fieldsOf(serverColumns),
    connections: record(fieldsOf(groups.connections), 'connections and their limits'),
    transaction_ids: record(
      fieldsOf(groups.transaction_ids),
      'how near transaction ids are to wraparound, with limits',
    ),
    checkpointer: record(
      fieldsOf(groups.checkpointer),
      'pg_stat_checkpointer; before 17 pg_stat_bgwriter',
    ),
    bgwriter: record(fieldsOf(groups.bgwriter), 'pg_stat_bgwriter'),
    wal: record(fieldsOf(groups.wal), 'pg_stat_wal (14 and later)'),
    archiver: record(fieldsOf(groups.archiver), 'pg_stat_archiver'),
    checksums: record(fieldsOf(groups.checksums), 'page checksums'),
    slru: list(record(fieldsOf(slruColumns)), 'pg_stat_slru: small caches, one row each', 'name'),
    io: list(
      record(fieldsOf(ioColumns)),
      'pg_stat_io (16 and later; empty before), one row per kind of backend, object and context',
      'backend_type',
      'object',
      'context',
    ),
    io_counts: nullable(
      oneOf(
        ['blocks', 'operations'],
        'what reads, writes and extends of io count: blocks (16, 17) or operations of any size (18); null before 16',
      ),
    ),
  },
);
