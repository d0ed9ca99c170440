import { type Custom, customQueries } from './custom.ts';
import type { Problem } from './problem.ts';

/** Names are part of units, queries and files: letters, digits, `_` and `-`. */
const NAME = /^[A-Za-z_][\w-]{0,62}$/;

/** What no single key of `[custom.<name>]` can state. */
export function* customRules(section: Custom): Generator<Problem> {
  for (const [name, query] of customQueries(section)) {
    const path = ['custom', name];
    if (!NAME.test(name)) {
      const message =
        'the name of a query has 1 to 63 letters, digits, _ and -, and begins with a letter or _';
      yield { path, at: 'key', message };
    }
    if (query.sql === undefined && query.sql_file === undefined) {
      yield { path, at: 'key', message: `[custom.${name}] needs sql or sql_file` };
    }
    const { min_version = 0, max_version = 99 } = query;
    if (min_version > max_version) {
      const message = 'max_version is older than min_version';
      yield { path: [...path, 'max_version'], at: 'value', message };
    }
  }
}
