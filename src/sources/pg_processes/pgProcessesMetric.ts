import {
  cumulative,
  flag,
  integer,
  list,
  nullable,
  number,
  record,
  text,
} from '../../schema/fields.ts';
import { metricSchema } from '../../schema/metric.ts';

const ACTIVITY = 'pg_stat_activity';

/** `pg_processes`: what the processes of a server on this host use. */
export const pgProcessesMetric = metricSchema(
  'pg_processes',
  'What the processes of a server on this host use (/proc), joined to what they do, and what else loads the host. Only where the server runs on the collector’s host, under Linux',
  {
    server: text('the monitored server'),
    host: text('the host, as `[collector] hostname` says'),
    interval_seconds: nullable(number('time that rates are of; null: the first look')),
    processes: integer('processes of the server: the postmaster and its children'),
    cpu_percent: nullable(number('of one processor: all processes of the server')),
    anonymous_bytes: nullable(
      integer(
        '/proc/PID/status RssAnon, sum over the server: memory of its own, without shared buffers',
      ),
    ),
    read_bytes_per_s: nullable(
      number('/proc/PID/io read_bytes, sum over the server; null where it may not be read'),
    ),
    write_bytes_per_s: nullable(number('/proc/PID/io write_bytes, sum over the server')),
    top: list(
      record({
        pid: integer('of the process'),
        backend_type: nullable(
          text(`${ACTIVITY}.backend_type; null: postmaster, logger, or hidden`),
        ),
        database: nullable(text('pg_database.datname')),
        user: nullable(text('pg_roles.rolname')),
        application_name: nullable(text(`${ACTIVITY}.application_name`)),
        client_addr: nullable(text(`${ACTIVITY}.client_addr`)),
        state: nullable(text(`${ACTIVITY}.state`)),
        wait_event_type: nullable(text(`${ACTIVITY}.wait_event_type`)),
        wait_event: nullable(text(`${ACTIVITY}.wait_event`)),
        query_id: nullable(text(`${ACTIVITY}.query_id (14 and later)`)),
        query: nullable(text(`${ACTIVITY}.query, redacted and cut to 1000 characters`)),
        query_truncated: flag('whether the end of the text is missing'),
        process_state: text('/proc/PID/stat: `R` runs, `S` sleeps, `D` waits for a device, …'),
        cpu_ms: cumulative(integer('/proc/PID/stat utime + stime: processor time since its start')),
        cpu_percent: nullable(number('of one processor, since the last look')),
        resident_bytes: nullable(
          integer('/proc/PID/status VmRSS: with the shared buffers that it touched'),
        ),
        anonymous_bytes: nullable(integer('/proc/PID/status RssAnon: memory of its own')),
        shared_bytes: nullable(integer('/proc/PID/status RssShmem')),
        swap_bytes: nullable(integer('/proc/PID/status VmSwap')),
        read_bytes: nullable(
          cumulative(
            integer(
              '/proc/PID/io read_bytes: from devices, since its start; null where it may not be read (remedy: run as the server’s user)',
            ),
          ),
        ),
        write_bytes: nullable(cumulative(integer('/proc/PID/io write_bytes'))),
        read_bytes_per_s: nullable(number('since the last look')),
        write_bytes_per_s: nullable(number('since the last look')),
      }),
      'processes of the server with most processor time, own memory or I/O: the first of each ranking',
      'pid',
    ),
    others: list(
      record({
        name: text('of the program, as /proc/PID/stat has it: at most 15 characters, no arguments'),
        processes: integer('how many'),
        cpu_percent: nullable(number('of one processor, since the last look')),
        resident_bytes: integer('resident memory, what they share counted for each'),
      }),
      'what else loads the host: programs with most processor time or memory',
    ),
    truncated: flag('whether the server has more processes than top lists'),
    total: integer('how many processes the server has'),
  },
);
