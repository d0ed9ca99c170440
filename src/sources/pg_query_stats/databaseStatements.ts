import { chooser } from '../../postgres/choose.ts';
import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import { Baseline } from './baseline.ts';
import { measureCount, measuresOf } from './measuresOf.ts';
import { placeOf } from './rowColumns.ts';
import { Sum } from './sums.ts';

/** One entry of pg_stat_statements that may be listed. */
export interface Statement {
  readonly queryId: string;
  /** Whether the collector's role ran it. */
  readonly byMe: boolean;
  /** False for one within a function. */
  readonly toplevel: boolean;
  /** The fields of `statementColumns`. */
  readonly fields: Record<string, Json>;
}

/** What all statements share. */
export type Shared = Readonly<Record<'stats_epoch' | 'stats_reset' | 'deallocations', Json>>;

/** How the statements of a database are chosen. */
export interface StatementChoice {
  readonly shared: Shared;
  /** How many are listed at most. */
  readonly top: number;
  /** The reading before. */
  readonly before: Baseline | undefined;
  /** Whether the agent itself wrote the statement: those are summed up, but not listed. */
  readonly isMine: (queryId: string) => boolean;
}

/** What competes for a place in the list. */
interface Candidate {
  /** As JSON once it has a place: one text takes a fifth of dozens of them, and far less work to move about. */
  readonly row: Row | string;
  readonly increases: readonly number[];
}

const userid = placeOf('userid');
const byMe = placeOf('by_me');
const queryId = placeOf('query_id');
const toplevel = placeOf('toplevel');
const isNested = (row: Row): boolean => row[toplevel] === 'f';

/**
 * The statements of one database, row by row: adds up all, and keeps the rows that increased most since the reading
 * before: the first by time, by calls, by reads, by temporary blocks and by WAL, then the second of each, and so on.
 * Thousands of rows pass by for each that stays.
 */
export class DatabaseStatements {
  readonly shared: Shared;
  /** What the next reading is ranked against. */
  readonly baseline = new Baseline();
  /** The sum of toplevel statements. */
  readonly other = new Sum();
  /** The sum of statements within functions. */
  readonly nested = new Sum();
  #total = 0;
  readonly #choice: StatementChoice;
  readonly #chooser;

  constructor(choice: StatementChoice) {
    this.shared = choice.shared;
    this.#choice = choice;
    this.#chooser = chooser<Candidate>({
      max: choice.top,
      rankings: Array.from(
        { length: measureCount },
        (_, index) =>
          ({ increases }: Candidate) =>
            increases[index] ?? 0,
      ),
      keep: () => false,
      hold: ({ row, increases }) => ({ row: JSON.stringify(row), increases }),
    });
  }

  /** How many there are. */
  get total(): number {
    return this.#total;
  }

  add(row: Row): void {
    this.#total++;
    (isNested(row) ? this.nested : this.other).addRow(row);
    const id = row[queryId] ?? null;
    // What may not be seen has no id, and is not listed.
    if (id === null) return;
    const key = `${row[userid] ?? ''} ${id} ${row[toplevel] ?? ''}`;
    const measures = measuresOf(row);
    this.baseline.note(key, measures);
    if (this.#choice.isMine(id)) return;
    const increases = this.#choice.before?.increases(key, measures) ?? measures;
    this.#chooser.add([{ row, increases }]);
  }

  /** Those to be listed. */
  chosen(read: (row: Row) => Record<string, Json>): readonly Statement[] {
    return this.#chooser.result().chosen.map((candidate) => {
      const row = typeof candidate.row === 'string' ? parsed(candidate.row) : candidate.row;
      return {
        queryId: row[queryId] ?? '',
        byMe: row[byMe] === 't',
        toplevel: !isNested(row),
        fields: read(row),
      };
    });
  }
}

const parsed = (text: string): Row => JSON.parse(text) as Row;
