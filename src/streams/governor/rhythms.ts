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
  /** Those in force with these sections (by source), in the order in which they are slowed down. */
  readonly all: (sections: ReadonlyMap<string, SectionSettings>) => readonly Paced[];
  /** The one that paces a query, by the query's name. */
  readonly of: (query: string) => Paced | undefined;
}

/** Stands for the name of a table in the key of a rhythm. */
const each = '*.';

const pacedBy = (source: string, rhythm: Rhythm): Paced => ({
  ...rhythm,
  rhythm: `${source}.${rhythm.key}`,
  source,
});
/** The rhythm of one table. */
const ofTable = (paced: Paced, table: string): Paced =>
  pacedBy(paced.source, { ...paced, key: `${table}.${paced.key.slice(each.length)}` });

/** Puts together what the sources declare. */
export function rhythmsOf(sources: readonly ServerSource[]): Rhythms {
  const declared = sources
    .flatMap(({ type, follows, rhythms }) =>
      (rhythms ?? (follows ? [] : [{ key: 'interval' }])).map((rhythm) => pacedBy(type, rhythm)),
    )
    .sort((a, b) => rankOf(a) - rankOf(b));
  const known = new Map<string, Paced | undefined>();
  const find = (query: string): Paced | undefined => {
    const [source = '', what = ''] = query.split('/');
    const mine = declared.filter((paced) => paced.source === source);
    const found =
      mine.find(({ reads }) => reads?.includes(what)) ?? mine.find(({ reads }) => !reads);
    return found?.key.startsWith(each) ? ofTable(found, what) : found;
  };
  return {
    all: (sections) =>
      declared.flatMap((paced) =>
        paced.key.startsWith(each)
          ? tablesOf(sections.get(paced.source)).map((table) => ofTable(paced, table))
          : paced,
      ),
    of: (query) => {
      if (!known.has(query)) known.set(query, find(query));
      return known.get(query);
    },
  };
}

const rankOf = ({ kind = 'other' }: Rhythm): number => shedding.indexOf(kind);

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null;

const tablesOf = (section: SectionSettings | undefined): readonly string[] =>
  Object.entries(section ?? {}).flatMap(([name, value]) => (isTable(value) ? [name] : []));

/** The interval that a key leads to, in s; null where it, its table or the section is not there or off. */
export function intervalAt(section: SectionSettings | undefined, key: string): number | null {
  const [first = '', second] = key.split('.');
  if (!section?.enabled) return null;
  const value = (section as unknown as Table)[first];
  if (second === undefined) return typeof value === 'number' ? value : null;
  if (!isTable(value) || value['enabled'] === false) return null;
  return typeof value[second] === 'number' ? value[second] : null;
}

/** A section whose intervals are as many times as long as the factors (by rhythm) say; itself where none does. */
export function stretched<S extends SectionSettings>(
  source: string,
  section: S,
  factors: ReadonlyMap<string, number>,
): S {
  return longer(section, `${source}.`, factors) as unknown as S;
}

function longer(table: Table, prefix: string, factors: ReadonlyMap<string, number>): Table {
  const changes = Object.entries(table).flatMap(([key, value]): [string, unknown][] => {
    if (isTable(value) && !Array.isArray(value)) {
      const changed = longer(value, `${prefix}${key}.`, factors);
      return changed === value ? [] : [[key, changed]];
    }
    const factor = factors.get(prefix + key);
    return factor === undefined || typeof value !== 'number' ? [] : [[key, value * factor]];
  });
  return changes.length === 0 ? table : { ...table, ...Object.fromEntries(changes) };
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
