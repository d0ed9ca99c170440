import type { Static, TObject, TSchema } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Collector } from './config/collector.ts';
import { closed, key, maybePath, maybeText, words } from './config/keys.ts';
import { Postgres } from './config/postgres.ts';
import { Tap } from './config/tap.ts';

const Backend = Type.Object(
  {
    url: maybeText({
      description:
        'base address of the backend, e.g. `https://pganalytics.example.com`; `/api/v1` is added',
      pattern: '^https?://',
      examples: ['https://pganalytics.example.com'],
    }),
    compression: words(['auto', 'gzip', 'none'], {
      description: 'body encoding; `auto` sends gzip and learns when the backend cannot read it',
      default: 'auto',
    }),
    proxy: maybeText({
      description:
        'HTTP proxy through which the backend is reached (CONNECT), with user and password where it asks for them; TLS stays between here and the backend; proxies of the environment are never used',
      pattern: '^http://[^/]',
      secret: true,
      examples: ['http://proxy.example.com:3128'],
    }),
    timeout: Type.Number(
      key({
        description: 'deadline of one request',
        unit: 's',
        default: 25,
        minimum: 1,
        maximum: 300,
      }),
    ),
    config_pull: Type.Boolean(
      key({ description: 'whether configuration is pulled from the backend', default: true }),
    ),
    allow_plain_http: Type.Boolean(
      key({
        description: 'permits an `http://` address: only for a proxy on this host',
        default: false,
      }),
    ),
  },
  { ...closed, default: {}, description: 'where metrics go' },
);

const Auth = Type.Object(
  {
    mode: words(['issued', 'shared_secret'], {
      description:
        '`issued`: register once, the backend issues tokens; `shared_secret`: this collector signs its own (HS256)',
      default: 'issued',
    }),
    registration_secret_file: maybePath(
      'file with the secret for registering (`issued`)',
      '/etc/pganalytics/registration.secret',
    ),
    secret_file: maybePath(
      'file with the signing secret, at least 32 bytes (`shared_secret`)',
      '/etc/pganalytics/signing.secret',
    ),
    reregister: words(['when_expired', 'never'], {
      description: 'whether to register anew when the token can no longer be refreshed',
      default: 'when_expired',
    }),
  },
  { ...closed, default: {}, description: 'how this collector proves who it is' },
);

const Tls = Type.Object(
  {
    verify: Type.Boolean(
      key({ description: 'verify the certificate of the backend', default: true }),
    ),
    cert_file: maybePath(
      'client certificate, PEM; wins over the issued one',
      '/etc/pganalytics/client.pem',
    ),
    key_file: maybePath(
      'key of the client certificate, PEM, not encrypted',
      '/etc/pganalytics/client.key',
    ),
    ca_file: maybePath(
      'certificate authorities to trust instead of the system’s, PEM',
      '/etc/pganalytics/ca.pem',
    ),
    min_version: words(['1.2', '1.3'], {
      description: 'oldest TLS version to accept',
      default: '1.3',
    }),
  },
  { ...closed, default: {}, description: 'TLS towards the backend' },
);

const PrivacySection = Type.Object(
  {
    redact: words(['default', 'statements', 'all', 'none'], {
      description:
        'what is masked in statement texts and logs: literals, parameters and row values; those of statements alone; every free text; nothing but secrets',
      default: 'default',
    }),
  },
  { ...closed, default: {}, description: 'what leaves this host' },
);

const Buffer = Type.Object(
  {
    window_bytes: Type.Integer(
      key({
        description: 'a window is pushed when its metrics reach this size, before compression',
        unit: 'bytes',
        default: 1_000_000,
        minimum: 10_000,
        maximum: 1_048_576,
      }),
    ),
    window_count: Type.Integer(
      key({
        description: 'a window is pushed when it has this many metrics',
        default: 10_000,
        minimum: 1,
        maximum: 100_000,
      }),
    ),
    capacity_bytes: Type.Integer(
      key({
        description: 'what may wait in memory; above it the oldest goes, counted',
        unit: 'bytes',
        default: 16_777_216,
        minimum: 1_048_576,
        maximum: 268_435_456,
      }),
    ),
  },
  { ...closed, default: {}, description: 'the circular buffer before the spool' },
);

const Spool = Type.Object(
  {
    max_bytes: Type.Integer(
      key({
        description:
          'what may wait for the backend; above 80 % logs are no longer read, above all of it the oldest goes, counted',
        unit: 'bytes',
        default: 268_435_456,
        minimum: 1_048_576,
        maximum: 1_099_511_627_776,
        restart: true,
      }),
    ),
    max_age: Type.Number(
      key({
        description: 'payloads that waited for so long go, counted',
        unit: 's',
        default: 604_800,
        minimum: 3_600,
        maximum: 31_536_000,
        restart: true,
      }),
    ),
    min_free: Type.Optional(
      Type.Integer(
        key({
          description:
            'what must stay free on the disk of `state_dir`: with less, at most 4 MiB wait; default: the larger of 1 GiB and 5 %',
          examples: [1_073_741_824],
          unit: 'bytes',
          minimum: 0,
          maximum: 1_125_899_906_842_624,
          restart: true,
        }),
      ),
    ),
  },
  { ...closed, default: {}, description: 'payloads that wait for the backend' },
);

const Log = Type.Object(
  {
    level: words(['error', 'warn', 'info', 'debug'], {
      description: 'least level of the agent’s own log (stderr)',
      default: 'info',
    }),
    format: words(['text', 'json'], {
      description: 'form of the agent’s own log',
      default: 'text',
    }),
  },
  { ...closed, default: {}, description: 'the agent’s own log' },
);

/** The sections that belong to the agent itself; each metric type adds its own. */
const core = {
  collector: Collector,
  backend: Backend,
  auth: Auth,
  tls: Tls,
  postgres: Type.Array(Postgres, { default: [], maxItems: 100 }),
  privacy: PrivacySection,
  buffer: Buffer,
  spool: Spool,
  tap: Tap,
  log: Log,
};

/** The JSON Schema of the whole configuration, given the sections of the metric types. */
export const configSchema = (sections: Readonly<Record<string, TSchema>>): TObject =>
  Type.Object({ ...core, ...sections }, closed);

type Core = Static<TObject<typeof core>>;

/** `[[postgres]]` */
export type ServerSettings = Static<typeof Postgres>;
/** `[privacy]` */
export type Privacy = Static<typeof PrivacySection>;
/** `[backend]` */
export type BackendSettings = Static<typeof Backend>;
/** `[tls]` */
export type TlsSettings = Static<typeof Tls>;
/** `[auth]` */
export type AuthSettings = Static<typeof Auth>;

/** The settings that every metric type has. */
export interface SectionSettings {
  readonly enabled: boolean;
  /** Seconds. */
  readonly interval: number;
  readonly [key: string]: unknown;
}

/** The effective configuration: validated, defaults filled in, sections of metric types by type. */
export interface Config extends Readonly<Core> {
  readonly sections: Readonly<Record<string, SectionSettings>>;
}
