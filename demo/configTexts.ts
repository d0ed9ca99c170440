import type { DevPostgres } from '../dev/postgres.ts';

export interface ConfigTextOptions {
  readonly folder: string;
  /** File with the registration secret. */
  readonly secret: string;
  readonly postgres: DevPostgres;
  readonly url: string;
  readonly caFile: string;
}

/** The agent's configuration in the demo: as on a real host, with intervals so short that there is something to see. */
export const configText = ({
  folder,
  secret,
  postgres,
  url,
  caFile,
}: ConfigTextOptions): string => `
[collector]
state_dir = "${folder}/state"
push_interval = 3
config_pull_interval = 2

[backend]
url = "${url}"

[auth]
registration_secret_file = "${secret}"

[tls]
ca_file = "${caFile}"

[log]
format = "json"

[[postgres]]
name = "demo"
host = "${postgres.host}"
port = ${postgres.port}
# It reads far more often than anybody should: at the usual budget the intervals below would be stretched.
budget = 100

[pg_health]
interval = 5

[pg_stats]
interval = 5
relations_interval = 10

[pg_global]
interval = 10

[pg_query_stats]
interval = 10

[pg_log]
directory = "${postgres.logDirectory}"
interval = 2

[sysstat]
interval = 5

[disk_usage]
interval = 10

[agent]
interval = 10
`;

/** What the backend hands out in turn: the host's load is read more often, and less often again. */
export const pulledTexts = ['[sysstat]\ninterval = 2\n', '[sysstat]\ninterval = 5\n'] as const;
