import {
  flag,
  integer,
  list,
  moment,
  nullable,
  number,
  oneOf,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const VIEW = 'pg_stat_activity';

/** Who a session is and what it runs. */
const who = {
  pid: nullable(integer(`${VIEW}.pid`)),
  application_name: nullable(text(`${VIEW}.application_name`)),
  client_addr: nullable(text(`${VIEW}.client_addr; null: a Unix socket, or a background process`)),
  query: nullable(
    text(`${VIEW}.query, redacted and cut to 1000 characters; null: none, or hidden`),
  ),
  query_truncated: flag(
    'whether the end of the text is missing (track_activity_query_size, or cut by the collector)',
  ),
};
const where = {
  database: nullable(text('pg_database.datname; null: none, or not readable')),
  user: nullable(text('pg_roles.rolname; null: none, or not readable')),
  backend_type: nullable(text(`${VIEW}.backend_type`)),
  state: nullable(text(`${VIEW}.state; null: a background process`)),
  wait_event_type: nullable(text(`${VIEW}.wait_event_type; null: it ran, or nothing tells`)),
  wait_event: nullable(text(`${VIEW}.wait_event`)),
  query_id: nullable(text(`${VIEW}.query_id (14 and later), as in pg_query_stats.query_id`)),
};

const transaction = record({
  ...who,
  ...where,
  xact_start: nullable(moment(`${VIEW}.xact_start`)),
  xact_seconds: nullable(number('how long the transaction has been open')),
  query_start: nullable(moment(`${VIEW}.query_start`)),
  state_change: nullable(moment(`${VIEW}.state_change`)),
  state_seconds: nullable(number('how long it has been in this state')),
  xmin_age: nullable(
    integer(`age(), in transactions, of the older of ${VIEW}.backend_xid and backend_xmin`),
  ),
});

const counted = (name: string, description: string) =>
  list(
    record({ [name]: nullable(text(description)), sessions: integer('how many') }),
    `sessions of clients by ${name} at the end of the window, most first`,
  );

/** `pg_activity`: what the sessions of a server did in a window of some seconds. */
export const pgActivityMetric = metricSchema(
  'pg_activity',
  'What sessions do and wait for: sampled over a window, and all of them at its end. The collector’s own sessions stand in the totals alone',
  {
    server: text('the monitored server'),
    window_seconds: number('how long the window was; the first has one sample'),
    samples: integer('samples in the window'),
    active_average: number(
      'sessions in state `active`, on the average of the samples: parallel workers too, the collector’s own not',
    ),
    sessions: integer(`${VIEW}: sessions of clients (\`client backend\`) at the end of the window`),
    sessions_hidden: integer('rows whose details this role may not see (remedy: GRANT pg_monitor)'),
    by_state: counted('state', `${VIEW}.state`),
    by_wait_event: list(
      record({
        wait_event_type: nullable(text(`${VIEW}.wait_event_type`)),
        wait_event: nullable(text(`${VIEW}.wait_event`)),
        sessions: integer('how many'),
      }),
      'sessions of clients by wait event at the end of the window, most first',
    ),
    by_database: counted('database', 'pg_database.datname'),
    by_user: counted('user', 'pg_roles.rolname'),
    by_application: counted('application_name', `${VIEW}.application_name`),
    by_client: counted('client_addr', `${VIEW}.client_addr; null: a Unix socket`),
    by_backend_type: list(
      record({
        backend_type: nullable(text(`${VIEW}.backend_type`)),
        sessions: integer('how many'),
      }),
      'processes of every kind at the end of the window',
    ),
    waits: list(
      record({
        ...where,
        samples: integer('sessions seen so, summed over the samples'),
        sessions_average: number('sessions seen so, on the average of the samples'),
        sessions_most: integer('the most in one sample'),
        example: record(who, 'one of them'),
      }),
      'what sessions did and waited for, sampled once per sample_interval: groups of sessions, idle ones left out, most seen first',
    ),
    waits_other: integer('sessions of all groups that are not listed, summed over the samples'),
    long_transactions: list(
      transaction,
      'transactions open for longer than long_transaction, oldest first',
    ),
    idle_in_transaction: list(
      transaction,
      'sessions that idle in a transaction for longer than idle_in_transaction, longest first',
    ),
    oldest_xmin_age: nullable(
      integer('xmin_age of the first of xmin_horizon; null: nobody holds anything back'),
    ),
    oldest_xmin_holder: nullable(text('which that is, in words')),
    xmin_horizon: list(
      record({
        holder: oneOf(
          ['session', 'prepared_transaction', 'slot', 'slot_catalog', 'standby_feedback'],
          'what it is: a session; a prepared transaction (pg_prepared_xacts.transaction); a slot (pg_replication_slots.xmin, and catalog_xmin: of catalogs alone); a standby by hot_standby_feedback (the backend_xmin of its walsender)',
        ),
        name: nullable(
          text(
            'gid of the prepared transaction, name of the slot; of a session its application_name',
          ),
        ),
        xmin_age: integer('age(), in transactions: rows deleted since cannot be removed'),
        pid: nullable(integer('its process')),
        database: nullable(text('pg_database.datname')),
        user: nullable(text('pg_roles.rolname')),
        client_addr: nullable(text(`${VIEW}.client_addr`)),
        state: nullable(text(`${VIEW}.state`)),
        since: nullable(moment('xact_start of the session, pg_prepared_xacts.prepared')),
      }),
      'who keeps vacuum from removing rows, oldest first. VACUUM itself holds nothing back',
    ),
    truncated: flag('whether a list was cut'),
    cut: list(
      record({ list: text('its name'), total: integer('how long it was') }),
      'the lists that were cut',
    ),
  },
);
