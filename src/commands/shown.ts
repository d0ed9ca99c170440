import {
  type MonoTypeOperatorFunction,
  type OperatorFunction,
  connect,
  count,
  filter,
  ignoreElements,
  merge,
  tap,
  throwError,
} from 'rxjs';
import { UsageError } from '../errors.ts';
import type { Entry } from '../schema/journal.ts';
import { csv } from '../tap/csv.ts';
import { json } from '../tap/json.ts';
import { ndjson } from '../tap/ndjson.ts';
import { pretty } from '../tap/pretty.ts';
import { rates } from '../tap/rates.ts';
import { style } from '../tap/style.ts';
import { tail } from '../tap/tail.ts';
import { tapped } from '../tap/tapped.ts';
import type { Tapped, View } from '../tap/view.ts';
import { declaredFields } from './declaredFields.ts';
import { type TapChoice, forReader } from './tapChoice.ts';
import { topTap } from './topTap.ts';
import type { World } from './world.ts';

/** Shows what passes on stdout, as `--tap` asks. A slow reader never slows what passes (see `openOutput`). */
export function shown(choice: TapChoice, world: World): MonoTypeOperatorFunction<Entry> {
  return connect((entries$) =>
    merge(entries$.pipe(picked(choice, world), view(choice, world), ignoreElements()), entries$),
  );
}

/** What the tap of a choice picks of a journal. */
export function picked(choice: TapChoice, { output }: World): OperatorFunction<Entry, Tapped> {
  const { selection } = forReader(choice, output.isTerminal);
  const found = tapped(selection, (seq, entry): Tapped => ({ seq, entry }));
  return 'work' in found ? found.work : () => throwError(() => new UsageError(found.problem));
}

/** Shows what is tapped as the choice wants, until it is enough; then emits how many were shown. */
export const view = (choice: TapChoice, world: World): OperatorFunction<Tapped, number> =>
  choice.top === null ? display(choice, world) : topTap(choice.top, choice.forMs, world);

/** Shows what is tapped until the choice says that it is enough; then emits how many were shown. */
function display(choice: TapChoice, world: World): OperatorFunction<Tapped, number> {
  const { count: most, forMs } = choice;
  return (source) =>
    source.pipe(
      tail({ view: viewOf(choice, world), count: most, forMs, until$: world.stop$ }),
      tap(({ text }) => world.output.write(text)),
      filter(({ record }) => record),
      count(),
    );
}

function viewOf(choice: TapChoice, { output, environment }: World): View {
  const { fields } = choice;
  switch (forReader(choice, output.isTerminal).format) {
    case 'ndjson':
      return ndjson(fields);
    case 'json':
      return json(fields);
    case 'csv':
      return csv(fields);
    case 'pretty': {
      const colour = output.isTerminal && !environment['NO_COLOR'];
      const declared = declaredFields();
      return pretty({
        style: style(colour),
        rates: () => rates(declared),
        width: output.width,
        fields,
      });
    }
  }
}
