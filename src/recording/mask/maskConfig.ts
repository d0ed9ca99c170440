import type { ConfigFormat } from '../../ports/configFile.ts';
import { type Table, isTable } from '../../schema/config/plainData.ts';
import type { Hidden } from './hidden.ts';

export interface ConfigMasks {
  readonly format: Pick<ConfigFormat, 'parse'>;
  /** Whether values of this key may be shown, wherever it stands. */
  readonly isPublic: (key: string) => boolean;
  readonly hidden: Hidden;
}

/** What stands for a secret that must look like something, by key. */
const instead: ReadonlyMap<string, string> = new Map([
  ['sql', 'SELECT'],
  ['proxy', 'http://placeholder.invalid'],
]);

/** Stands for a text that could not be parsed, and cannot be parsed either. */
const unreadable = '= "this text could not be parsed when it was recorded"\n';

/**
 * A configuration text without secrets, as JSON: values of keys that may not be shown, and those that came from the
 * environment, become `placeholder`; a `_file` a path that is none. Means the same to the agent otherwise.
 */
export function maskConfig(text: string, { format, isPublic, hidden }: ConfigMasks): string {
  const visit = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, key));
    // Names of columns, which are no keys, and words for them.
    if (key === 'columns') return value;
    if (isTable(value)) return table(value);
    if (!isPublic(key) && typeof value === 'string') {
      return instead.get(key) ?? 'placeholder';
    }
    if (!isPublic(key)) return value;
    if (typeof value !== 'string') return value;
    if (key.endsWith('_file')) return `/placeholder/${key}`;
    if (value.replaceAll('$${', '').includes('${')) {
      return key === 'url' ? 'https://placeholder.invalid' : 'placeholder';
    }
    return hidden.ids(hidden.text(value));
  };
  const table = (data: Table): Table =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, visit(value, key)]));
  const parsed = format.parse(text);
  return 'problem' in parsed ? unreadable : JSON.stringify(table(parsed.data));
}
