import type { Row } from '../../ports/server.ts';
import type { Json } from '../../schema/json.ts';
import { placeOf } from './rowColumns.ts';
import { summable } from './statementColumns.ts';

type Fields = Readonly<Record<string, Json>>;

/** Integers add up exactly, whatever their size; null where nothing was measured. */
interface Total {
  value: number;
  beyond: bigint;
  known: boolean;
}

const names = Object.keys(summable) as (keyof typeof summable)[];
const columns = names.map((name) => ({ place: placeOf(name), parse: summable[name].parse }));
const isTime = (name: string): boolean => name.endsWith('_time');
const isLarge = (value: number): boolean => Math.abs(value) > Number.MAX_SAFE_INTEGER / 2;

/** Adds statements up, and takes some away again: what remains is the sum of those that are not listed. */
export class Sum {
  #entries = 0;
  readonly #totals: Total[] = names.map(() => ({ value: 0, beyond: 0n, known: false }));

  /** @param sign - 1 adds the statement, −1 takes it away. */
  add(statement: Fields, sign: 1 | -1): void {
    this.#entries += sign;
    for (let index = 0; index < names.length; index++)
      this.#count(index, statement[names[index] ?? ''] ?? null, sign);
  }

  /** Adds a row of pg_stat_statements: as `add` of its fields, which are not made for it. */
  addRow(row: Row): void {
    this.#entries++;
    for (let index = 0; index < columns.length; index++) {
      const { place, parse } = columns[index] as (typeof columns)[number];
      const text = row[place] ?? null;
      // Most counters of most statements are 0.
      this.#count(index, text === '0' ? 0 : parse(text), 1);
    }
  }

  #count(index: number, value: Json, sign: 1 | -1): void {
    if (value === null) return;
    const total = this.#totals[index] as Total;
    if (sign === 1) total.known = true;
    const number = Number(value);
    // What is added to a double is small, and so is what it is added to: the sum of both is exact.
    if (typeof value === 'string' || (isLarge(number) && !isTime(names[index] ?? ''))) {
      total.beyond += BigInt(sign) * BigInt(value as string | number);
      return;
    }
    total.value += sign * number;
    if (isLarge(total.value) && !isTime(names[index] ?? '')) {
      total.beyond += BigInt(total.value);
      total.value = 0;
    }
  }

  /** The sums and how many statements they are of; null where nothing remains. */
  result(): Fields | null {
    return this.#entries === 0 ? null : { entries: this.#entries, ...this.fields() };
  }

  /** The sums alone. */
  fields(): Fields {
    return Object.fromEntries(
      names.map((name, index) => [name, valueOf(name, this.#totals[index] as Total)]),
    );
  }
}

function valueOf(name: string, { value, beyond, known }: Total): Json {
  if (!known) return null;
  // Taking away leaves crumbs of 10^-12; PostgreSQL measures microseconds.
  if (isTime(name)) return Math.max(0, Math.round(value * 1000) / 1000);
  const sum = beyond + BigInt(value);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum.toString();
}
