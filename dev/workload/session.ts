import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Step, stepAt } from './steps.ts';

/** One client of the shop: takes a step, waits for the next, connects again where the server went away. */
export class Session {
  readonly #connect: () => Promise<pg.Client>;
  readonly #chance: () => number;
  readonly #steps: readonly Step[];
  #clients: readonly [left: pg.Client, right: pg.Client] | null = null;

  constructor(connect: () => Promise<pg.Client>, chance: () => number, chosen: readonly Step[]) {
    this.#connect = connect;
    this.#chance = chance;
    this.#steps = chosen;
  }

  /**
   * Takes steps until `signal` is aborted, one each `periodMs()`.
   *
   * @param note is told each step that PostgreSQL answered, with the SQLSTATE of an error.
   */
  async run(
    periodMs: () => number,
    signal: AbortSignal,
    note: (step: Step, sqlstate: string | null) => void,
  ): Promise<void> {
    const pause = (ms: number) =>
      sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
    let due = performance.now();
    while (!signal.aborted) {
      const step = stepAt(this.#chance(), this.#steps);
      try {
        const [left, right] = (this.#clients ??= await this.#open());
        await step.run({ left, right, chance: this.#chance });
        note(step, null);
      } catch (error) {
        const isRaised = error instanceof pg.DatabaseError && !error.code?.startsWith('57P');
        if (isRaised) note(step, error.code ?? null);
        // What was not meant to fail may have left a transaction open, or the server went away.
        if (!isRaised || !step.fails) await this.#close();
        if (!isRaised) await pause(100);
      }
      due = Math.max(due + periodMs(), performance.now() - periodMs());
      await pause(due - performance.now());
    }
    await this.#close();
  }

  async #open() {
    const left = await this.#connect();
    try {
      const right = await this.#connect();
      for (const client of [left, right]) await client.query(`SET application_name = 'shop'`);
      return [left, right] as const;
    } catch (error) {
      await left.end().catch(() => undefined);
      throw error;
    }
  }

  async #close(): Promise<void> {
    const clients = this.#clients ?? [];
    this.#clients = null;
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}
