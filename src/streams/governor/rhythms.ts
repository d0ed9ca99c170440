import type { SectionSettings } from '../../schema/config.ts';
import { type Rhythm, type ServerSource, shedding } from '../../sources/source.ts';

/** A rhythm and whose it is. */
export interface Paced extends Rhythm {
  /** `<source>.<key>` */
  readonly rhythm: string;
  readonly source: string;
}

/** The rhythms of all sources of a server. */
export interface Rhythms {
  /** In the order in which they are slowed down. */
  readonly all: readonly Paced[];
  /** The one that paces a query, by the query's name. */
  readonly of: (query: string) => Paced | undefined;
}

/** Puts together what the sources declare. */
export function rhythmsOf(sources: readonly ServerSource[]): Rhythms {
  const all = sources
    .flatMap(({ type: source, follows, rhythms }) =>
      (rhythms ?? (follows ? [] : [{ key: 'interval' }])).map((rhythm: Rhythm): Paced => ({
        ...rhythm,
        rhythm: `${source}.${rhythm.key}`,
        source,
      })),
    )
    .sort((a, b) => rankOf(a) - rankOf(b));
  const known = new Map<string, Paced | undefined>();
  const find = (query: string): Paced | undefined => {
    const [source = '', what = ''] = query.split('/');
    const mine = all.filter((paced) => paced.source === source);
    return mine.find(({ reads }) => reads?.includes(what)) ?? mine.find(({ reads }) => !reads);
  };
  return {
    all,
    of: (query) => {
      if (!known.has(query)) known.set(query, find(query));
      return known.get(query);
    },
  };
}

const rankOf = ({ kind = 'other' }: Rhythm): number => shedding.indexOf(kind);

/** A section whose intervals are as many times as long as the factors (by rhythm) say; itself where none does. */
export function stretched<S extends SectionSettings>(
  source: string,
  section: S,
  factors: ReadonlyMap<string, number>,
): S {
  const changes = Object.entries(section).flatMap(([key, value]) => {
    const factor = factors.get(`${source}.${key}`);
    return factor === undefined || typeof value !== 'number' ? [] : [[key, value * factor]];
  });
  return changes.length === 0
    ? section
    : { ...section, ...(Object.fromEntries(changes) as Partial<S>) };
}

/** Whether two sets of factors say the same of a source. */
export const sameFactors = (
  source: string,
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): boolean =>
  [...a.keys(), ...b.keys()].every(
    (rhythm) => !rhythm.startsWith(`${source}.`) || a.get(rhythm) === b.get(rhythm),
  );
