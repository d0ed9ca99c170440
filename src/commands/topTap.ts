import {
  NEVER,
  type Observable,
  type OperatorFunction,
  asyncScheduler,
  count,
  defer,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  startWith,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { openTerminal } from '../io/terminal.ts';
import { beside } from '../operators/beside.ts';
import { rankingOf } from '../tap/rankings.ts';
import { metricOf } from '../tap/recordOf.ts';
import { style } from '../tap/style.ts';
import { top } from '../tap/top.ts';
import { topKey, topStart, topTable } from '../tap/topTable.ts';
import type { Tapped } from '../tap/view.ts';
import { declaredFields } from './declaredFields.ts';
import type { World } from './world.ts';

/** How often the table is drawn, and printed where there is no terminal, in ms. */
const DRAW_MS = 1_000;
const PRINT_MS = 10_000;
/** Lines of a table that is printed. */
const PRINTED = 42;
const QUIT = new Set(['q', '\u0003']);

/**
 * `--top`: a table of what is tapped, drawn again every second and after each key; where there is no terminal it is printed
 * every 10 s and at the end. Emits how many readings it took in when there are no more, it is quit, or after `forMs`.
 */
export function topTap(
  field: string,
  forMs: number | null,
  world: World,
): OperatorFunction<Tapped, number> {
  const { output, environment } = world;
  const plain = style(output.isTerminal && !environment['NO_COLOR']);
  const ranking = rankingOf(field);
  const [path = ''] = ranking.paths;
  const unit = path.slice(path.lastIndexOf('.') + 1);
  return (source) =>
    defer(() => {
      const table = top(ranking, declaredFields());
      let state = topStart;
      let rows = table.rows();
      let now = asyncScheduler.now();
      const picture = (width: number, height: number, keys: boolean): string[] => {
        if (!state.paused) {
          rows = table.rows();
          now = asyncScheduler.now();
        }
        return topTable(field, rows, state, { width, height, style: plain, unit, now, keys });
      };
      function printed(): Observable<never> {
        const print = (): void => {
          const time = new Date(asyncScheduler.now()).toISOString();
          output.print([time, ...picture(output.width(), PRINTED, false)].join('\n'));
        };
        return interval(PRINT_MS).pipe(tap({ next: print, unsubscribe: print }), ignoreElements());
      }
      function drawn(): Observable<never> {
        return openTerminal(process.stdout, process.stdin).pipe(
          mergeMap(({ draw, size, keys$ }) => {
            const redraw = (): void => draw(picture(size().width, size().height, true));
            return merge(
              interval(DRAW_MS).pipe(startWith(0), tap(redraw)),
              keys$.pipe(
                tap((key) => {
                  if (QUIT.has(key) && !(state.typing && key === 'q')) world.stop?.();
                  state = topKey(state, key);
                  redraw();
                }),
              ),
            );
          }),
          ignoreElements(),
        );
      }
      const end$ = merge(world.stop$, forMs === null ? NEVER : timer(forMs));
      return source.pipe(
        map(({ entry }) => metricOf(entry)),
        filter((metric) => metric !== undefined),
        tap((metric) => table.add(metric)),
        beside(output.isTerminal ? drawn() : printed()),
        takeUntil(end$),
        count(),
      );
    });
}
