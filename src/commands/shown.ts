import { type MonoTypeOperatorFunction, connect, ignoreElements, merge, tap } from 'rxjs';
import type { TapChoice } from './command.ts';
import type { Entry } from '../schema/journal.ts';
import { registry } from '../sources/registry.ts';
import { ndjson } from '../tap/ndjson.ts';
import { pretty } from '../tap/pretty.ts';
import { rates } from '../tap/rates.ts';
import { style } from '../tap/style.ts';
import { tail } from '../tap/tail.ts';
import type { World } from './world.ts';

/** Shows what passes on stdout, as `--tap` asks. A slow reader never slows what passes (see `openOutput`). */
export function shown(
  { globs, format }: TapChoice,
  { output, environment }: World,
): MonoTypeOperatorFunction<Entry> {
  const colour = output.isTerminal && !environment['NO_COLOR'];
  const view =
    format === 'ndjson'
      ? ndjson
      : pretty({ style: style(colour), rates: rates(isCounter()), width: output.width });
  return connect((entries$) =>
    merge(
      entries$.pipe(
        tail({ types: globs, view }),
        tap((text) => output.write(text)),
        ignoreElements(),
      ),
      entries$,
    ),
  );
}

/** Whether a top-level field of a type counts up: a 64-bit integer that is no size, age or limit. */
function isCounter(): (type: string, field: string) => boolean {
  const counters = new Map(
    registry
      .flatMap(({ metrics }) => metrics)
      .map(({ properties }) => [
        String(properties['type']?.const),
        new Set(
          Object.entries(properties)
            .filter(([name, field]) => 'int64' in field && !/size|age|max|hash/.test(name))
            .map(([name]) => name),
        ),
      ]),
  );
  return (type, field) => counters.get(type)?.has(field) ?? false;
}
