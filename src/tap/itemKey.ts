import type { Json } from '../schema/json.ts';
import { valueAt } from './valueAt.ts';

/** What names an item of a list. */
export const NAMES: readonly string[] = ['schema', 'name', 'device', 'interface', 'mount', 'text'];

/** What tells an item of a list from the others, in one text. `key`: the fields that do; default: what names it. */
export const itemKey = (item: Json, key: readonly string[] = NAMES): string =>
  JSON.stringify(key.map((name) => valueAt(item, [name])));
