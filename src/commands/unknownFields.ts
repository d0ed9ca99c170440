import { UsageError } from '../errors.ts';
import { nearest } from '../schema/config/nearest.ts';
import { printable } from '../schema/printable.ts';
import { fieldsOf } from '../tap/expression/fieldsOf.ts';
import { type Ranking, rankingOf, rankings } from '../tap/rankings.ts';
import { recordFields } from '../tap/recordFields.ts';
import { type MetricFields, metricFields } from './metricFields.ts';
import type { TapChoice } from './tapChoice.ts';

/**
 * What to say of fields of `--fields`, `--where` and `--expect` that nothing has, each with the nearest that there is.
 * Nothing is shown for them; that is no error, since they may be of another version's metrics.
 */
export function unknownFields({ fields, selection }: TapChoice): readonly string[] {
  if (fields.length + selection.where.length === 0) return [];
  const known = metricFields();
  const used = [
    ...fields.map((field) => [field]),
    ...selection.where
      .flatMap(fieldsOf)
      .map(({ path, within }) =>
        [...within.keys(), within.length].map((depth) =>
          [...within.slice(0, within.length - depth).flat(), ...path].join('.'),
        ),
      ),
  ];
  const unknown = used.filter((names) => !names.some((name) => isKnown(name, known)));
  return [...new Set(unknown.map((names) => said(names.at(-1) ?? '', known)))];
}

/** The ranking of `--top`. Throws `UsageError` where it names a field that no metric has. */
export function knownRanking(text: string): Ranking {
  const ranking = rankingOf(text);
  const known = metricFields();
  const wrong = ranking.paths.find((path) => !known.has(path));
  if (wrong === undefined && ranking.paths.length > 0) return ranking;
  const words = Object.keys(rankings);
  const meant = nearest(text, words);
  const hint = meant === undefined ? said(wrong ?? text, known) : `did you mean "${meant}"?`;
  throw new UsageError(`--top ${printable(text)}: ${hint} (or one of ${words.join(', ')})`);
}

const isKnown = (path: string, { has }: MetricFields): boolean => {
  const [first] = path.split('.');
  return has(path) || recordFields.some((field) => field === first);
};

function said(path: string, { meant }: MetricFields): string {
  const found = meant(path) ?? nearest(path, [...recordFields]);
  const hint = found === undefined ? '' : `; did you mean "${found}"?`;
  return `no metric has a field "${printable(path)}"${hint}`;
}
