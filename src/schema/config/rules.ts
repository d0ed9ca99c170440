import type { Config } from '../config.ts';
import type { KeySchema } from './keySchema.ts';
import { anyName, leaves } from './keySchema.ts';
import type { Custom } from './custom.ts';
import { customRules } from './customRules.ts';
import { flatConfig } from './flatConfig.ts';
import { type Table, isTable } from './plainData.ts';
import type { Path, Problem } from './problem.ts';

/** What a command needs beyond a valid file. */
export interface Needs {
  /** The command talks to the backend: an address must be there. */
  readonly backend: boolean;
}

/** The rules that no single key can state. Takes a configuration that fits its schema. */
export function brokenRules(config: Config, schema: KeySchema, needs: Needs): readonly Problem[] {
  return [
    ...relativePaths(flatConfig(config), schema),
    ...twins(config),
    ...pairs(config),
    ...addresses(config, needs),
    ...secrets(config),
    ...custom(config),
  ];
}

const problem = (path: Path, message: string): Problem => ({ path, at: 'value', message });

function* relativePaths(config: Table, schema: KeySchema): Generator<Problem> {
  for (const { path, key } of leaves(schema)) {
    if (!key.path) continue;
    for (const [at, value] of valuesAt(config, path)) {
      if (typeof value === 'string' && !value.startsWith('/')) {
        yield problem(at, 'expected an absolute path (one that starts with /)');
      }
    }
  }
}

function custom({ sections }: Config): Iterable<Problem> {
  const section = sections['custom'] as unknown as Custom | undefined;
  return section ? customRules(section) : [];
}

/** The values at a path of the schema, where index 0 stands for every item of a list and `anyName` for every table. */
function valuesAt(
  value: unknown,
  path: Path,
  at: Path = [],
): readonly (readonly [Path, unknown])[] {
  const [part, ...rest] = path;
  if (part === undefined) return [[at, value]];
  if (typeof part === 'number') {
    const items = Array.isArray(value) ? (value as unknown[]) : [];
    return items.flatMap((item, index) => valuesAt(item, rest, [...at, index]));
  }
  const table = (value ?? {}) as Table;
  if (part === anyName) {
    return Object.keys(table)
      .filter((name) => isTable(table[name]))
      .flatMap((name) => valuesAt(table[name], rest, [...at, name]));
  }
  return valuesAt(Object.hasOwn(table, part) ? table[part] : undefined, rest, [...at, part]);
}

function* twins({ postgres }: Config): Generator<Problem> {
  const seen = new Set<string>();
  for (const [index, { name }] of postgres.entries()) {
    if (seen.has(name)) {
      yield problem(
        ['postgres', index, 'name'],
        `two servers are called "${name}"; give each [[postgres]] a name of its own`,
      );
    }
    seen.add(name);
  }
}

function* pairs({ tls, postgres }: Config): Generator<Problem> {
  if (tls.cert_file !== undefined && tls.key_file === undefined) {
    yield problem(['tls', 'cert_file'], 'cert_file needs its key: set key_file too');
  }
  if (tls.key_file !== undefined && tls.cert_file === undefined) {
    yield problem(['tls', 'key_file'], 'key_file needs its certificate: set cert_file too');
  }
  for (const [index, server] of postgres.entries()) {
    const at = (key: string): Path => ['postgres', index, key];
    if (server.sslcert !== undefined && server.sslkey === undefined) {
      yield problem(at('sslcert'), 'sslcert needs its key: set sslkey too');
    }
    if (server.sslkey !== undefined && server.sslcert === undefined) {
      yield problem(at('sslkey'), 'sslkey needs its certificate: set sslcert too');
    }
  }
}

function* addresses({ backend }: Config, needs: Needs): Generator<Problem> {
  if (backend.url === undefined) {
    if (needs.backend) {
      yield { path: ['backend'], at: 'key', message: '[backend] url is missing: where to push to' };
    }
    return;
  }
  if (backend.proxy !== undefined && !URL.canParse(backend.proxy)) {
    yield problem(['backend', 'proxy'], 'expected an address like http://host:port');
  }
  const url = URL.canParse(backend.url) ? new URL(backend.url) : null;
  if (url === null) yield problem(['backend', 'url'], 'expected an address like https://host:port');
  else if (url.username !== '' || url.password !== '') {
    yield problem(['backend', 'url'], 'an address holds no user or password; see [auth]');
  } else if (url.protocol === 'http:' && !backend.allow_plain_http) {
    yield problem(
      ['backend', 'url'],
      'expected https://; plain http:// sends tokens in clear and needs allow_plain_http = true',
    );
  } else if (url.protocol === 'http:' && backend.proxy !== undefined) {
    yield problem(
      ['backend', 'proxy'],
      'a proxy is for an https:// address: remove it, or change url',
    );
  }
}

function* secrets({ auth, postgres }: Config): Generator<Problem> {
  if (auth.mode === 'shared_secret' && auth.secret_file === undefined) {
    yield problem(['auth', 'mode'], 'mode "shared_secret" needs secret_file');
  }
  for (const [index, { password, password_file }] of postgres.entries()) {
    if (password === undefined || password_file === undefined) continue;
    yield problem(
      ['postgres', index, 'password'],
      'set either password or password_file, not both',
    );
  }
}
