/** Where the configuration is looked for unless `--config` says otherwise. */
export const defaultConfigFile = '/etc/pganalytics/collector.toml';
