import type { KeySchema } from '../../src/schema/config/keySchema.ts';
import { type KeyRow, tableRows } from './keyRow.ts';
import { exitCodeMeanings } from '../../src/exitCodes.ts';

const head = `# Configuration

Generated from the schema by \`npx tsx scripts/configurationTable.ts\`; \`config.toml.sample\` says the same as a file to
start from.

The file is TOML, \`/etc/pganalytics/collector.toml\` unless \`--config\` names another. Unknown keys, wrong types and
values out of range are errors, all reported at once with their place. A changed file is applied when it is saved, or on
SIGHUP; one with a mistake is refused as a whole, and what was in force stays. "Pulled" says whether, and within which
bounds, a configuration that the backend gives may set a key; it can set no other.
`;

/** The text of docs/configuration.md. */
export function tables(schema: KeySchema): string {
  const parts = tableRows(schema).map(({ name, description, keys }) =>
    [
      `## \`[${name}]\``,
      '',
      `${description}.`,
      '',
      '| key | takes | default | pulled | meaning |',
      '| --- | --- | --- | --- | --- |',
      ...keys.map(row),
    ].join('\n'),
  );
  return `${head}\n${presets(schema)}\n\n${parts.join('\n\n')}\n\n${exits}`;
}

/** What the presets change of the defaults. */
function presets({ properties = {} }: KeySchema): string {
  const said = (changes: Readonly<Record<string, unknown>> = {}): string =>
    changes['enabled'] === false
      ? 'off'
      : Object.entries(changes)
          .map(([key, value]) => `\`${key} = ${String(value)}\``)
          .join(', ');
  const rows = Object.entries(properties).flatMap(([type, { presets: changes }]) =>
    changes ? [`| \`[${type}]\` | ${said(changes.minimal)} | ${said(changes.full)} |`] : [],
  );
  return [
    '## Presets',
    '',
    'What `[collector] preset` changes of the defaults below; `standard` changes nothing. What a section says itself wins, and',
    'a section that the file has is on unless it says otherwise.',
    '',
    '| section | `minimal` | `full` |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const row = (key: KeyRow): string => {
  const meaning = `${key.description}${key.restart ? '; takes effect at restart' : ''}`;
  const cells = [
    `\`${key.name}\``,
    key.takes,
    key.default === null ? '' : `\`${key.default}\``,
    key.pulled,
    meaning,
  ];
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
};

const exits = `## Exit codes

| code | meaning |
| --- | --- |
${exitCodeMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}
`;
