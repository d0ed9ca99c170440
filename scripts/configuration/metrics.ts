import type { Source } from '../../src/sources/source.ts';

const head = `# Metrics

Generated from the schemas by \`npx tsx scripts/configurationTable.ts\`. Every metric that is sent fits its schema; an object has no
other fields than these. The unit is in the name (\`_ms\`, \`_bytes\`, \`_percent\`, \`_seconds\`). Counters are cumulative, with the moment
that they count from. \`null\` is what does not apply, was not measured, or may not be seen: never 0 instead. Enumerations of
PostgreSQL (wait events, phases, states) may gain values with its versions.
`;

/** What is used here of JSON Schema. */
interface Field {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly const?: string;
  readonly int64?: boolean;
  readonly pattern?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly additionalProperties?: boolean | Field;
  readonly anyOf?: readonly Field[];
}

/** Stand in every metric, and are told once. */
const everywhere = ['type', 'timestamp', 'part'];

/** The text of docs/metrics.md: one table for each type of metric of the given sources. */
export function metrics(sources: readonly Source[]): string {
  const all = sources.flatMap((source) =>
    source.metrics.map((schema) => ({
      section: source.type,
      schema: schema as Field & { $id?: string },
    })),
  );
  const byName = new Map(all.map((one) => [one.schema.$id ?? one.section, one]));
  const parts = [...byName]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { section, schema }]) =>
      [
        `## \`${name}\``,
        '',
        `${sentence(schema.description)} Configured in [\`[${section}]\`](configuration.md#${section}).`,
        '',
        '| field | holds | meaning |',
        '| --- | --- | --- |',
        ...rows(schema, '').map((cells) => `| ${cells.map(escaped).join(' | ')} |`),
      ].join('\n'),
    );
  const common = rows(byName.values().next().value?.schema ?? {}, '', () => true)
    .filter(([name]) => everywhere.some((one) => name.startsWith(`\`${one}`)))
    .map(([name, holds, meaning]): Cells =>
      name === '`type`' ? [name, 'text', 'one of the names below'] : [name, holds, meaning],
    )
    .map((cells) => `| ${cells.map(escaped).join(' | ')} |`);
  const table = ['| field | holds | meaning |', '| --- | --- | --- |', ...common].join('\n');
  return `${head}\nIn every metric:\n\n${table}\n\n${parts.join('\n\n')}\n`;
}

type Cells = readonly [name: string, holds: string, meaning: string];

const notCommon = (path: string): boolean => !everywhere.includes(path);

/** One row for each field, those of objects and lists below their own. */
function rows(field: Field, prefix: string, shown = notCommon): Cells[] {
  return Object.entries(field.properties ?? {}).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    if (!shown(path)) return [];
    const optional = field.required?.includes(name) === true ? '' : ', may be absent';
    const own: Cells = [
      `\`${path}\``,
      `${holds(inner)}${optional}`,
      inner.description ?? (inner.properties ? 'what follows' : ''),
    ];
    return [
      own,
      ...rows(inner, `${path}.`, shown),
      ...rows(inner.items ?? {}, `${path}[].`, shown),
    ];
  });
}

function holds({ type, enum: words, const: word, int64, pattern, items }: Field): string {
  if (word !== undefined) return `\`${word}\``;
  const types = [type ?? []].flat();
  const orNull = types.includes('null') ? ' or null' : '';
  if (words) return words.map((one) => (one === null ? 'null' : `\`${one}\``)).join(', ');
  if (int64) return `64-bit integer${orNull}`;
  if (pattern?.includes('T')) return `moment${orNull}`;
  if (items) return `list of ${items.properties ? 'objects' : holds(items)}${orNull}`;
  const plain = types.filter((one) => one !== 'null').join(' or ');
  return `${{ string: 'text', boolean: 'yes or no' }[plain] ?? plain}${orNull}`;
}

const sentence = (text = ''): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

const escaped = (cell: string): string => cell.replace(/\|/g, '\\|').replace(/\n/g, ' ');
