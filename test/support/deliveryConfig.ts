import type { Config } from '../../src/schema/config.ts';

type Overrides = {
  readonly [K in 'collector' | 'backend' | 'auth' | 'tls']?: Partial<Config[K]>;
};

/** The sections of a configuration that delivery reads, with their defaults. */
export const deliveryConfig = (overrides: Overrides = {}): Config =>
  ({
    collector: {
      id: 'db1',
      push_interval: 60,
      config_pull_interval: 300,
      state_dir: '/nowhere',
      ...overrides.collector,
    },
    backend: {
      url: 'https://backend.test',
      compression: 'auto',
      timeout: 25,
      config_pull: true,
      allow_plain_http: false,
      ...overrides.backend,
    },
    auth: {
      mode: 'issued',
      registration_secret_file: '/run/registration',
      reregister: 'when_expired',
      ...overrides.auth,
    },
    tls: { verify: true, min_version: '1.3', ...overrides.tls },
  }) as unknown as Config;
