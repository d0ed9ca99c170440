import { redact } from '../../postgres/sql/redact.ts';
import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import { identityWidth } from './schemaSql.ts';

/** Characters of a view's definition that are kept. */
const MAX_CHARS = 16_384;

type Words = Readonly<Record<string, string>>;
const kinds: Words = {
  r: 'table',
  p: 'partitioned_table',
  v: 'view',
  m: 'materialized_view',
  f: 'foreign_table',
};
const persistences: Words = { p: 'permanent', u: 'unlogged' };
const identities: Words = { a: 'always', d: 'by_default' };
const generations: Words = { s: 'stored', v: 'virtual' };
const constraints: Words = {
  p: 'primary_key',
  u: 'unique',
  f: 'foreign_key',
  c: 'check',
  x: 'exclusion',
  t: 'trigger',
};
const firing: Words = { O: 'origin', D: 'disabled', R: 'replica', A: 'always' };

type Item = readonly (string | boolean | null)[];
const itemsOf = (text: string | null | undefined): readonly Item[] =>
  text === null || text === undefined ? [] : (JSON.parse(text) as Item[]);
const word = (words: Words, letter: Item[number] | undefined): string =>
  words[String(letter)] ?? String(letter);

/** What kind of relation a row of `definitionsSql` is, as people call it. */
export const kindOf = (row: Row): string => word(kinds, row[identityWidth - 1]);

/**
 * A row of `definitionsSql` as the metric has it.
 *
 * @param redacts - Whether literals in expressions are replaced. A definition is no statement that could carry a password
 *   by its grammar, so that a column of that name does not hide it.
 */
export function definition(row: Row, redacts: boolean): Record<string, Json> {
  const [, schema = '', name = ''] = row;
  const [properties, columns, constrained, indexes, triggers, view = null] =
    row.slice(identityWidth);
  const [owner, persistence, parent, bound, key, options, security] = JSON.parse(
    properties ?? '[]',
  ) as readonly (string | boolean | null | readonly string[])[];
  const shown = (text: Item[number] | undefined): string =>
    redacts ? redact(`SELECT ${String(text)}`).slice('SELECT '.length) : String(text);
  const maybe = (text: Item[number] | undefined): string | null =>
    text === null || text === undefined ? null : shown(text);
  const viewed = maybe(view);
  return {
    schema,
    name,
    kind: kindOf(row),
    owner: String(owner),
    persistence: word(persistences, persistence as string),
    partition_of: parent ?? null,
    partition_bound: maybe(bound as string | null),
    partition_key: key ?? null,
    options: options ?? [],
    row_security: security === true,
    columns: itemsOf(columns).map(([name, type, nullable, value, identity, generated]) => ({
      name: name ?? '',
      type: type ?? '',
      nullable: nullable === true,
      default: maybe(value),
      identity: identities[String(identity)] ?? null,
      generated: generations[String(generated)] ?? null,
    })),
    constraints: itemsOf(constrained).map(([name, kind, text, validated]) => ({
      name: name ?? '',
      kind: word(constraints, kind),
      definition: shown(text),
      validated: validated === true,
    })),
    indexes: itemsOf(indexes).map(([name, text, unique, primary, valid]) => ({
      name: name ?? '',
      definition: shown(text),
      is_unique: unique === true,
      is_primary: primary === true,
      is_valid: valid === true,
    })),
    triggers: itemsOf(triggers).map(([name, text, enabled]) => ({
      name: name ?? '',
      definition: shown(text),
      enabled: word(firing, enabled),
    })),
    definition: viewed === null ? null : viewed.slice(0, MAX_CHARS),
    definition_truncated: viewed !== null && viewed.length > MAX_CHARS,
  };
}
