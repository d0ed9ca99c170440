import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../dev/postgres.ts';
import { startStandby } from '../../dev/postgres/standby.ts';
import { type Workload, type WorkloadOptions, startWorkload } from '../../dev/workload.ts';
import type { Scenario, Stage } from './scenario.ts';

/** Binaries of other major versions. */
const binariesOf = (version: number): string =>
  fileURLToPath(new URL(`../../test/matrix/node_modules/postgres-${version}`, import.meta.url));

const serverLog = {
  logging_collector: 'on',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] %q%u@%d,%a ',
};

async function under(
  { server }: Stage,
  options: WorkloadOptions,
  work: (workload: Workload) => Promise<void>,
): Promise<void> {
  const workload = await startWorkload(server, options);
  try {
    await work(workload);
  } finally {
    await workload.stop();
  }
}

/** The scenarios of test/recordings, each about half a minute of real time. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'quiet-hour',
    says: 'An idle server and its host. Intervals of seconds in place of minutes: 40 s stand for an hour.',
    sections: {
      pg_health: 'interval = 4',
      pg_stats: 'interval = 10\nrelations_interval = 10',
      pg_global: 'interval = 10',
      host_inventory: '',
      sysstat: 'interval = 5',
      agent: 'interval = 10',
    },
    during: ({ wait }) => wait(40_000),
  },
  {
    name: 'deadlock-storm',
    says: 'Sessions that deadlock each other several times a second for 15 s.',
    postgres: { settings: { ...serverLog, deadlock_timeout: '50ms' } },
    sections: {
      pg_health: 'interval = 5',
      pg_stats: 'interval = 5\nrelations_interval = 300',
      pg_log: 'interval = 2',
    },
    during: async (stage) => {
      await stage.wait(3_000);
      await under(stage, { only: ['deadlock'], ratePerS: 8, sessions: 4 }, () =>
        stage.wait(15_000),
      );
      await stage.wait(6_000);
    },
  },
  {
    name: 'alter-table-queues',
    says: 'ALTER TABLE waits for a transaction that is idle, and reads queue behind it.',
    postgres: { settings: { ...serverLog, log_lock_waits: 'on', deadlock_timeout: '500ms' } },
    sections: {
      pg_health: 'interval = 2',
      pg_stats: 'interval = 5\nrelations_interval = 10',
      pg_global: 'interval = 5',
      pg_log: 'interval = 2',
    },
    during: async ({ server, wait }) => {
      await server.sql('CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id');
      await wait(2_000);
      const idle = await server.connect();
      const altering = await server.connect();
      const readers = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
      await idle.query('BEGIN; SELECT count(*) FROM orders');
      const waiting = [altering.query(`ALTER TABLE orders ADD COLUMN note text DEFAULT 'secret'`)];
      await wait(1_000);
      waiting.push(
        ...readers.map((reader) => reader.query('SELECT count(*) FROM orders WHERE id = 7')),
      );
      await wait(14_000);
      await idle.query('COMMIT');
      await Promise.all(waiting);
      await Promise.all([idle, altering, ...readers].map((client) => client.end()));
      await wait(5_000);
    },
  },
  {
    name: 'failover',
    says: 'The primary (main) is stopped and its standby is promoted; the agent watches both.',
    sections: { pg_health: 'interval = 2', pg_global: 'interval = 5', host_inventory: '' },
    before: async ({ server, keep }) => {
      const standby = keep(await startStandby(server));
      return `[[postgres]]\nname = "standby"\nhost = "127.0.0.1"\nport = ${standby.port}\nuser = "postgres"\n`;
    },
    during: async ({ server, wait, kept }) => {
      await wait(8_000);
      await server.halt();
      await wait(4_000);
      await kept[0]?.sql('SELECT pg_promote()');
      await wait(14_000);
    },
  },
  {
    name: 'statistics-reset',
    says: 'All cumulative statistics are reset under load.',
    sections: {
      pg_stats: 'interval = 5\nrelations_interval = 10',
      pg_global: 'interval = 5',
      pg_query_stats: 'interval = 5',
    },
    during: async (stage) => {
      await under(stage, { ratePerS: 20, only: ['order', 'look up', 'click'] }, async () => {
        await stage.wait(12_000);
        await stage.server.sql(
          `SELECT pg_stat_reset(), pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('wal'), pg_stat_reset_shared('io')`,
        );
        await stage.wait(14_000);
      });
    },
  },
  {
    name: 'token-expires-mid-outage',
    says: 'The backend is away for 16 s and the token lives for 12 s: a refresh is too late, the collector registers anew.',
    backend: { tokenLifetimeS: 12 },
    registered: true,
    sections: { pg_health: 'interval = 2' },
    during: async ({ backend, wait }) => {
      await wait(8_000);
      await backend.down();
      await wait(16_000);
      await backend.up();
      await wait(12_000);
    },
  },
  {
    name: 'backend-503',
    says: 'The backend answers pushes with 503 and Retry-After: 2 for 24 s, which stand for an hour, and then takes what waits.',
    sections: { pg_health: 'interval = 2', agent: 'interval = 10' },
    during: async ({ backend, wait }) => {
      await wait(6_000);
      const fault = { kind: 'status', status: 503, headers: { 'retry-after': '2' } } as const;
      backend.faults.add('push', fault, { times: Infinity });
      await wait(24_000);
      backend.faults.clear('push');
      await wait(8_000);
    },
  },
  {
    name: 'config-changes-every-interval',
    says: 'Each pull brings another configuration; one of them holds a key that may not be pulled.',
    collector: 'config_pull_interval = 2',
    sections: { pg_health: 'interval = 2', agent: 'interval = 10' },
    during: async ({ backend, wait }) => {
      for (let n = 0; n < 12; n++) {
        const text = n === 6 ? '[tls]\nverify = false\n' : `[agent]\ninterval = ${5 + (n % 3)}\n`;
        backend.setConfig('*', text, n + 1);
        await wait(2_000);
      }
    },
  },
  {
    name: 'log-rotation',
    says: 'The server changes its log file every 3 s while every statement is logged.',
    postgres: {
      settings: {
        ...serverLog,
        log_filename: 'postgresql-%H%M%S.log',
        log_min_duration_statement: 0,
      },
    },
    sections: { pg_log: 'interval = 2\nmin_level = "LOG"' },
    during: async (stage) => {
      await under(
        stage,
        { ratePerS: 8, sessions: 1, only: ['order', 'look up', 'unique violation'] },
        async () => {
          for (let n = 0; n < 5; n++) {
            await stage.wait(3_000);
            await stage.server.sql('SELECT pg_rotate_logfile()');
          }
        },
      );
      await stage.wait(4_000);
    },
  },
  {
    name: 'major-upgrade',
    says: 'PostgreSQL 13 is stopped, and a new cluster of PostgreSQL 17 answers on the same port.',
    postgres: { binaries: binariesOf(13) },
    sections: {
      pg_health: 'interval = 2',
      pg_stats: 'interval = 5\nrelations_interval = 10',
      pg_global: 'interval = 5',
      host_inventory: '',
    },
    during: async ({ server, keep, wait }) => {
      await wait(10_000);
      const { port } = server;
      await server.halt();
      await wait(3_000);
      keep(await startPostgres({ binaries: binariesOf(17), port }));
      await wait(14_000);
    },
  },
];
