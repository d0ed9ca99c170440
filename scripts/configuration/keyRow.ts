import { type KeySchema, anyName, expected, freeKeys } from '../../src/schema/config/keySchema.ts';

/** What is said of a key, in words. */
export interface KeyRow {
  readonly name: string;
  readonly description: string;
  /** What it takes: `a number from 1 to 240 (s)`. */
  readonly takes: string;
  /** As TOML; null where there is none. */
  readonly default: string | null;
  /** A value to show, as TOML. */
  readonly example: string;
  /** Whether and how far pulled configuration may set it; empty: not. */
  readonly pulled: string;
  readonly restart: boolean;
}

/** The words of one key. */
export function keyRow(name: string, key: KeySchema): KeyRow {
  const fallback = key.default === undefined ? null : toml(key.default);
  return {
    name,
    description: key.description ?? '',
    takes: expected(key),
    default: fallback,
    example: fallback ?? toml(key.examples?.[0] ?? example(name, key)),
    pulled: key.remote ? bounds(key) : '',
    restart: key.restart ?? false,
  };
}

/** A table of the configuration with its keys; tables within it follow. */
export interface TableRows {
  /** `collector`, `postgres`. */
  readonly name: string;
  readonly description: string;
  readonly keys: readonly KeyRow[];
}

/** Every table of a configuration schema, in its order. */
export function tableRows({ properties = {} }: KeySchema, parent = ''): readonly TableRows[] {
  return Object.entries(properties).flatMap(([short, schema]): readonly TableRows[] => {
    const table = schema.items?.properties ? schema.items : schema;
    if (!table.properties) return [];
    const name = parent + short;
    const keys = Object.entries(table.properties).filter(([, key]) => !key.properties);
    const free = freeKeys(table);
    return [
      {
        name,
        description: table.description ?? '',
        keys: keys.map(([key, of]) => keyRow(key, of)),
      },
      ...tableRows(table, `${name}.`),
      ...(free ? tableRows({ properties: { [anyName]: free } }, `${name}.`) : []),
    ];
  });
}

function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([name, of]) => `${name} = ${toml(of)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function example(name: string, key: KeySchema): unknown {
  if (key.path) return `/etc/pganalytics/${name.replace(/_file$/, '')}`;
  if (key.enum) return key.enum[0];
  if (key.type === 'boolean') return true;
  if (key.type === 'array') return [];
  if (key.type === 'number' || key.type === 'integer') return key.minimum ?? 1;
  return '…';
}

function bounds({
  minimum,
  maximum,
  remoteMinimum,
  remoteMaximum,
  remoteRaise,
}: KeySchema): string {
  if (remoteRaise) return `the local one to ${maximum ?? 'any'}`;
  const least = remoteMinimum ?? minimum;
  const greatest = remoteMaximum ?? maximum;
  if (least === undefined || greatest === undefined) return 'yes';
  return `${least} to ${greatest}`;
}
