import { type KeySchema, anyName } from '../../src/schema/config/keySchema.ts';
import { type KeyRow, tableRows } from './keyRow.ts';

/** Keys that a new installation sets; all others stand as comments. */
const active: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  backend: { url: '"https://pganalytics.example.com"' },
  auth: { registration_secret_file: '"/etc/pganalytics/registration.secret"' },
  postgres: { host: '"localhost"', user: '"pganalytics"' },
};

const head = `# Configuration of pganalytics-collector, in TOML.
#
# Every key is here. A line that begins with # and no space is a key that is not set: it shows the default, or an
# example where there is none. docs/configuration.md has the same as tables. A change is applied when the file is saved,
# or on SIGHUP; a file with a mistake is refused as a whole, and what was in force stays.
#
# Every string can take \${NAME} from the environment of the process; $\${ stands for a literal \${.
# Keys that end in _file name a file with a secret, read at each use; it must not be readable by others.
`;

/** The text of config.toml.sample. */
export function sample(schema: KeySchema): string {
  const tables = tableRows(schema).map(({ name, description, keys }) =>
    [
      `# ${description}`,
      name.includes(anyName) ? `#[${name.replace(anyName, 'orders')}]` : `[${name}]`,
      ...keys.map((key) => keyText(key, active[name]?.[key.name])),
    ].join('\n'),
  );
  return `${head}\n${tables.join('\n\n')}\n`;
}

function keyText(key: KeyRow, set: string | undefined): string {
  const facts = [
    key.takes,
    key.default === null ? 'no default' : `default ${key.default}`,
    ...(key.pulled === ''
      ? []
      : [`may be pulled${key.pulled === 'yes' ? '' : ` (${key.pulled})`}`]),
    ...(key.restart ? ['takes effect at restart'] : []),
  ];
  const line = set === undefined ? `#${key.name} = ${key.example}` : `${key.name} = ${set}`;
  return ['', ...wrapped(key.description), ...wrapped(`  ${facts.join('; ')}`), line].join('\n');
}

/** Comment lines of at most 116 characters. */
function wrapped(text: string): readonly string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines = [''];
  for (const word of text.trim().split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? `# ${indent}${word}` : `${last} ${word}`;
    if (longer.length <= 116) lines[lines.length - 1] = longer;
    else lines.push(`# ${indent}${word}`);
  }
  return lines;
}
