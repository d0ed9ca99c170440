import { readFileSync } from 'node:fs';
import { map, timer } from 'rxjs';
import type { Metric } from '../../src/schema/metric.ts';
import { section } from '../../src/schema/section.ts';
import { polled } from '../../src/sources/polled.ts';
import { registry } from '../../src/sources/registry.ts';
import { type Source, hostSource } from '../../src/sources/source.ts';
import { timestampNow } from '../../src/sources/timestamp.ts';

/**
 * Sources that give what a recorded scenario gave, one metric after the other and again from the beginning, each type on a
 * clock of its own.
 */
export function recordedSources(
  golden: string,
  types: readonly string[],
  everyS: number,
): Source[] {
  const url = new URL(`../recordings/${golden}`, import.meta.url);
  const metrics = readFileSync(url, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly at: string; readonly metric?: Metric })
    .flatMap(({ at, metric }) => (at === 'validated' && metric ? [metric] : []));
  return registry
    .filter(({ type }) => types.includes(type))
    .map(({ type, metrics: schemas }) => {
      const recorded = metrics.filter((metric) => metric.type === type);
      let reads = 0;
      return hostSource({
        type,
        scope: 'host',
        settings: section('a recording', { default: everyS }, {}),
        metrics: schemas,
        read: (context) =>
          polled(context, { timeoutMs: 6_000 }, () =>
            timer(5).pipe(
              map(() => {
                const metric = recorded[reads++ % recorded.length];
                return { ...metric, type, timestamp: timestampNow() };
              }),
            ),
          ),
      });
    });
}
