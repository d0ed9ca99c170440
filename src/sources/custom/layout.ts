import { maskCell } from '../../postgres/maskCell.ts';
import { timestamp } from '../../postgres/values.ts';
import type { Row } from '../../ports/server.ts';
import type { ColumnKind, CustomQuery } from '../../schema/config/custom.ts';
import type { Json } from '../../schema/json.ts';
import { wildcard } from '../../schema/wildcard.ts';
import { LayoutError } from './layoutError.ts';
import { isNumber, numberOf } from './numberOf.ts';

/** What the columns of a result are sent as. */
export interface Layout {
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  /** A row as it is sent. */
  readonly read: (row: Row, redacts: boolean) => Record<string, Json>;
}

interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly type: number;
  readonly at: number;
}

/** timestamp with and without time zone, date, by oid. */
const moments: ReadonlySet<number> = new Set([1184, 1114, 1082]);
const numbers: ReadonlySet<number> = new Set([16, 20, 21, 23, 700, 701, 1186, 1700, 5069]);
const MAX_LABEL = 1_000;

/**
 * What the columns of a result are, by `columns` of the query and by their types.
 *
 * @throws LayoutError where a column is declared that is not there, or as what its type cannot be, or where two have
 * one name: nothing that would be sent under a wrong name is sent
 */
export function layout(names: Row, types: Row, declared: CustomQuery['columns']): Layout {
  const columns = names.map((name, at): Column => {
    const type = Number(types[at]);
    return { name: name ?? '', type, at, kind: kindOf(name ?? '', type, declared) };
  });
  const problems = [...problemsOf(columns, declared)];
  if (problems.length > 0) throw new LayoutError(problems.join('; '));
  const sent = columns.filter(({ kind }) => kind !== 'ignore');
  return {
    columns: sent.map(({ name, kind }) => ({ name, kind })),
    read: (row, redacts) => {
      const labels: Record<string, Json> = {};
      const values: Record<string, Json> = {};
      const times: Record<string, Json> = {};
      for (const { name, kind, type, at } of sent) {
        const text = row[at] ?? null;
        if (kind === 'label') labels[name] = labelOf(text, redacts);
        else if (kind === 'time') times[name] = momentOf(text);
        else values[name] = numberOf(text, type);
      }
      return { labels, values, times };
    },
  };
}

/** By its name, by the first pattern that fits, by its type. */
function kindOf(name: string, type: number, declared: CustomQuery['columns']): ColumnKind {
  if (Object.hasOwn(declared, name)) return declared[name] ?? 'label';
  const fitting = Object.keys(declared).find((pattern) => wildcard(pattern, name));
  if (fitting !== undefined) return declared[fitting] ?? 'label';
  return numbers.has(type) ? 'gauge' : moments.has(type) ? 'time' : 'label';
}

function* problemsOf(
  columns: readonly Column[],
  declared: CustomQuery['columns'],
): Generator<string> {
  const names = columns.map(({ name }) => name);
  for (const name of Object.keys(declared)) {
    if (names.includes(name) || /[*?]/.test(name)) continue;
    yield `its result has no column "${name}", only ${names.map((is) => `"${is}"`).join(', ')}`;
  }
  for (const { name, kind, type, at } of columns) {
    if (kind === 'ignore') continue;
    if (names.indexOf(name) !== at) yield `two columns are called "${name}": name one AS … `.trim();
    if (name === '__proto__') yield `no column can be called "${name}"`;
    if (kind === 'time' && !moments.has(type)) {
      yield `column "${name}" is no timestamp: it cannot be a time`;
    }
    if ((kind === 'gauge' || kind === 'counter') && !isNumber(type)) {
      yield `column "${name}" is no number: it cannot be a ${kind}; cast it in the SQL`;
    }
  }
}

function labelOf(text: string | null, redacts: boolean): string | null {
  const shown = maskCell(text, { keepLiterals: !redacts });
  if (shown === null || shown.length <= MAX_LABEL) return shown;
  return `${shown.slice(0, MAX_LABEL).replace(/[\ud800-\udbff]$/, '')}…`;
}

const momentOf = (text: string | null): string | null =>
  timestamp(/^\d{4,6}-\d\d-\d\d$/.test(text ?? '') ? `${text ?? ''} 00:00:00` : text);
