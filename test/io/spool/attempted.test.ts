import { describe, expect, it } from 'vitest';
import { Runs } from './runs.ts';

describe('durableSpool after a kill', () => {
  it('marks the payload that may have been sent, so that it is never cut: only the oldest', async () => {
    const runs = new Runs();
    await runs.start();
    await runs.append(2);
    await runs.append(2);
    expect(runs.offered).not.toHaveProperty('attempted');
    await runs.send(true);
    await runs.restart();
    expect(runs.offered).toMatchObject({ id: 'p0', attempted: true });
    await runs.send();
    expect(runs.offered).toMatchObject({ id: 'p1' });
    expect(runs.offered).not.toHaveProperty('attempted');
  });
});
