import { type KeySchema, freeKeys, keySchema } from './keySchema.ts';
import { type Path, dotted } from './problem.ts';

/**
 * Whether the value of a key is never echoed: marked `secret` in the schema, unknown to it, or filled in from the
 * environment (`expanded`: dotted paths).
 */
export function isSecret(path: Path, schema: KeySchema, expanded: ReadonlySet<string>): boolean {
  const key = keySchema(schema, path);
  if (!key || key.secret) return true;
  const name = dotted(path);
  return [...expanded].some(
    (at) =>
      at === name ||
      at.startsWith(`${name}[`) ||
      at.startsWith(`${name}.`) ||
      name.startsWith(`${at}[`),
  );
}

/** The names of keys that may be shown wherever they stand: known in some table, secret in none. */
export function publicNames(schema: KeySchema): ReadonlySet<string> {
  const open = new Set<string>();
  const secret = new Set<string>();
  const visit = (table: KeySchema): void => {
    const { properties = {}, items } = table;
    for (const [name, key] of Object.entries(properties)) {
      if (key.properties ?? key.items?.properties) visit(key);
      else (key.secret ? secret : open).add(name);
    }
    if (items) visit(items);
    const free = freeKeys(table);
    if (free) visit(free);
  };
  visit(schema);
  for (const name of secret) open.delete(name);
  return open;
}
