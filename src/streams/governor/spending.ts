/** The time that is looked back on, in ms. */
export const SPAN_MS = 600_000;
const SLOTS = 20;
const SLOT_MS = SPAN_MS / SLOTS;

interface Account {
  readonly ms: Float64Array;
  readonly statements: Float64Array;
}

/**
 * What statements took in the last 10 minutes, by name, in slots of 30 s.
 *
 *     now        |--slot--|--slot--|--slot--|
 *     add         3   4     1          2
 *     of          3   7     8          10      … and 3 after ten minutes
 */
export class Spending {
  readonly #accounts = new Map<string, Account>();
  readonly #startedAt: number;
  #slot: number;

  constructor(now: number) {
    this.#startedAt = now;
    this.#slot = Math.floor(now / SLOT_MS);
  }

  add(name: string, ms: number, now: number): void {
    this.#turn(now);
    let account = this.#accounts.get(name);
    if (!account) {
      account = { ms: new Float64Array(SLOTS), statements: new Float64Array(SLOTS) };
      this.#accounts.set(name, account);
    }
    const at = this.#slot % SLOTS;
    account.ms[at] = (account.ms[at] ?? 0) + ms;
    account.statements[at] = (account.statements[at] ?? 0) + 1;
  }

  /** The sums by name. */
  sums(now: number): ReadonlyMap<string, { readonly statements: number; readonly ms: number }> {
    this.#turn(now);
    return new Map(
      [...this.#accounts].map(([name, { ms, statements }]) => [
        name,
        { ms: sum(ms), statements: sum(statements) },
      ]),
    );
  }

  /** How long was looked at, in ms: 10 minutes, or less after the start. */
  seenMs(now: number): number {
    return Math.min(SPAN_MS, Math.max(1, now - this.#startedAt));
  }

  /** Clears the slots that have gone by; names without a statement in any are forgotten. */
  #turn(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    // A clock that was set back adds to the slot that it left.
    const gone = Math.min(SLOTS, Math.max(0, slot - this.#slot));
    if (gone === 0) return;
    for (const [name, { ms, statements }] of this.#accounts) {
      for (let step = 1; step <= gone; step++) {
        const at = (this.#slot + step) % SLOTS;
        ms[at] = 0;
        statements[at] = 0;
      }
      if (sum(statements) === 0) this.#accounts.delete(name);
    }
    this.#slot = slot;
  }
}

const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);
