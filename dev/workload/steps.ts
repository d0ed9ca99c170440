import type pg from 'pg';

/** What one step works with: two connections to the same database, and decided chance. */
export interface Hands {
  readonly left: pg.Client;
  readonly right: pg.Client;
  readonly chance: () => number;
}

export interface Step {
  readonly name: string;
  /** How often it comes, relative to the others. */
  readonly weight: number;
  /** Whether PostgreSQL is to raise an error. */
  readonly fails?: boolean;
  readonly run: (hands: Hands) => Promise<unknown>;
}

const among = (chance: () => number, count: number) => 1 + Math.floor(chance() * count);

const update = 'UPDATE shop.customers SET balance = balance + $2, updated_at = now() WHERE id = $1';

/** What the clients of a small shop do to its database, the mishaps included. */
export const steps: readonly Step[] = [
  {
    name: 'order',
    weight: 25,
    run: ({ left, chance }) =>
      left.query('INSERT INTO shop.orders (customer_id, amount) VALUES ($1, $2)', [
        among(chance, 100),
        Math.round(chance() * 10_000) / 100,
      ]),
  },
  {
    name: 'click',
    weight: 20,
    run: ({ left, chance }) =>
      left.query(
        'INSERT INTO shop.clicks (payload) SELECT repeat($1, 200) FROM generate_series(1, 5)',
        [`page ${among(chance, 50)} `],
      ),
  },
  {
    name: 'look up',
    weight: 25,
    run: ({ left, chance }) =>
      left.query('SELECT * FROM shop.orders WHERE customer_id = $1 ORDER BY id DESC LIMIT 10', [
        among(chance, 100),
      ]),
  },
  {
    name: 'pay',
    weight: 15,
    run: ({ left, chance }) => left.query(update, [among(chance, 100), among(chance, 50)]),
  },
  {
    name: 'take from stock',
    weight: 6,
    run: ({ left, chance }) =>
      left.query(
        `UPDATE "Lager.Süd"."Stock ""on"" Hand" SET "数量" = "数量" - 1 WHERE "Größe" = $1`,
        [`size ${among(chance, 20)}`],
      ),
  },
  {
    name: 'report',
    weight: 4,
    run: ({ left }) =>
      left.query(
        `SELECT state, count(*), sum(amount) FROM shop.orders WHERE placed_at > now() - interval '1 hour' GROUP BY state`,
      ),
  },
  {
    name: 'tidy up',
    weight: 3,
    run: ({ left }) =>
      left.query(
        `DELETE FROM shop.clicks WHERE ctid IN (SELECT ctid FROM shop.clicks ORDER BY at LIMIT 40)`,
      ),
  },
  {
    name: 'sort on disk',
    weight: 1,
    run: async ({ left }) => {
      await left.query(`SET work_mem = '64kB'`);
      await left.query(
        'SELECT payload FROM shop.clicks, generate_series(1, 3) ORDER BY md5(payload) LIMIT 5',
      );
      await left.query('RESET work_mem');
    },
  },
  {
    name: 'sleep',
    weight: 2,
    run: ({ left, chance }) => left.query('SELECT pg_sleep($1)', [0.05 + chance() * 0.2]),
  },
  {
    name: 'wait for a lock',
    weight: 1.5,
    run: async ({ left, right, chance }) => {
      const id = among(chance, 100);
      await left.query('BEGIN');
      await left.query(update, [id, 1]);
      const holding = async () => {
        await left.query('SELECT pg_sleep(0.15)');
        await left.query('COMMIT');
      };
      await all(holding(), right.query(update, [id, 2]));
    },
  },
  {
    name: 'unique violation',
    weight: 0.8,
    fails: true,
    run: ({ left, chance }) =>
      left.query('INSERT INTO shop.customers (email) VALUES ($1)', [
        `customer${among(chance, 100)}@example.com`,
      ]),
  },
  {
    name: 'division by zero',
    weight: 0.6,
    fails: true,
    run: ({ left }) => left.query('SELECT amount / 0 FROM shop.orders LIMIT 1'),
  },
  {
    name: 'syntax error',
    weight: 0.4,
    fails: true,
    run: ({ left }) => left.query('SELEKT * FROM shop.orders'),
  },
  {
    name: 'deadlock',
    weight: 0.1,
    fails: true,
    run: ({ left, right }) => {
      const cross = async (client: pg.Client, first: number, second: number) => {
        await client.query('BEGIN');
        try {
          await client.query(update, [first, 1]);
          await client.query('SELECT pg_sleep(0.1)');
          await client.query(update, [second, 1]);
        } finally {
          await client.query('ROLLBACK');
        }
      };
      return all(cross(left, 1, 2), cross(right, 2, 1));
    },
  },
];

/** Waits for all, also where one fails: the next step needs both connections idle. */
async function all(...running: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(running)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** The step that a number in [0, 1) stands for. */
export function stepAt(share: number, among: readonly Step[]): Step {
  let left = share * among.reduce((sum, { weight }) => sum + weight, 0);
  return among.find(({ weight }) => (left -= weight) < 0) ?? among[0]!;
}
