import { describe, expect, it, vi } from 'vitest';
import { random } from '../../dev/workload/random.ts';
import { stepAt, steps } from '../../dev/workload/steps.ts';
import { startWorkload } from '../../dev/workload.ts';
import { withPostgres } from '../support/postgres.ts';

const server = withPostgres({ settings: { deadlock_timeout: '100ms' } });
const deadline = { timeout: 20_000, interval: 20 };
const clients = () =>
  server().sql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'shop'`);

describe('startWorkload', () => {
  it('takes every step it knows, with the errors that belong to them', async () => {
    const all = steps.map(({ name }) => name);
    for (const name of all) {
      const workload = await startWorkload(server(), { only: [name], sessions: 1, ratePerS: 100 });
      await vi.waitFor(() => expect(workload.taken.get(name)).toBeGreaterThan(0), deadline);
      await workload.stop();
      const isMishap = steps.some((step) => step.name === name && step.fails);
      expect([name, workload.errors.size > 0]).toStrictEqual([name, isMishap]);
    }
    expect(all).toContain('deadlock');
  });

  it('works in several databases, whatever their names', async () => {
    const databases = ['postgres', 'Käse "x".y'];
    const workload = await startWorkload(server(), { databases, ratePerS: 200, only: ['order'] });
    await vi.waitFor(async () => {
      const [row] = await server().sql('SELECT count(*)::int AS n FROM shop.orders', databases[1]);
      expect(row!['n']).toBeGreaterThan(3);
    }, deadline);
    await workload.stop();
    const names = await server().sql(
      `SELECT schemaname || '|' || relname AS name FROM pg_stat_user_tables WHERE schemaname = 'Lager.Süd'`,
      databases[1],
    );
    expect(names).toStrictEqual([{ name: 'Lager.Süd|Stock "on" Hand' }]);
  });

  it('leaves no connection behind after stop', async () => {
    const workload = await startWorkload(server(), { ratePerS: 100 });
    await vi.waitFor(async () => expect(await clients()).toHaveLength(4), deadline);
    await workload.stop();
    await vi.waitFor(async () => expect(await clients()).toHaveLength(0), deadline);
  });

  it('goes on after a restart of the server', async () => {
    const workload = await startWorkload(server(), { ratePerS: 100, only: ['look up'] });
    await vi.waitFor(() => expect(workload.taken.get('look up')).toBeGreaterThan(2), deadline);
    await server().restart();
    const before = workload.taken.get('look up')!;
    await vi.waitFor(() => expect(workload.taken.get('look up')).toBeGreaterThan(before), deadline);
    await workload.stop();
  });

  it('keeps the pace', async () => {
    const workload = await startWorkload(server(), { ratePerS: 20, only: ['look up'] });
    const taken = () => workload.taken.get('look up') ?? 0;
    await vi.waitFor(() => expect(taken()).toBeGreaterThan(2), deadline);
    const [from, at] = [taken(), performance.now()];
    await vi.waitFor(() => expect(taken()).toBeGreaterThanOrEqual(from + 20), deadline);
    expect(performance.now() - at).toBeGreaterThan(700);
    await workload.stop();
  });
});

describe('a seed', () => {
  const sequence = (seed: number) => {
    const chance = random(seed);
    return Array.from({ length: 500 }, () => stepAt(chance(), steps).name);
  };

  it('decides the sequence of steps', () => {
    expect(sequence(7)).toStrictEqual(sequence(7));
    expect(sequence(7)).not.toStrictEqual(sequence(8));
  });

  it('lets steps come about as often as their weights say', () => {
    const chance = random(1);
    const names = Array.from({ length: 20_000 }, () => stepAt(chance(), steps).name);
    const total = steps.reduce((sum, { weight }) => sum + weight, 0);
    for (const { name, weight } of steps) {
      const share = names.filter((each) => each === name).length / names.length;
      expect(Math.abs(share - weight / total), name).toBeLessThan(0.01);
    }
  });
});
