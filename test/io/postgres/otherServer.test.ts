import { afterEach, describe, expect, it } from 'vitest';
import { OtherServerError } from '../../../src/errors.ts';
import { serverStart } from '../../../src/postgres/serverStart.ts';
import { eventually, openServer } from '../../support/openServer.ts';
import { withPostgres } from '../../support/postgres.ts';
import { type Wire, forward, message, wire } from '../../support/wire.ts';

const older = withPostgres();
const newer = withPostgres();

let between: Wire | undefined;
afterEach(async () => {
  await between?.stop();
  between = undefined;
});

const start = `SELECT ${serverStart}`;
const thrown = (error: unknown): unknown => error;
const written = (of: string | null) => ({ start: of ?? '' });

/** Answers for a backend with a pid of its own, as a pooler in front of several does. */
const withOtherPid = (data: Buffer): Buffer => {
  const at = data.indexOf(message('K', Buffer.alloc(8)).subarray(0, 5));
  if (at >= 0) data.writeInt32BE(data.readInt32BE(at + 5) ^ 0x0100_0000, at + 5);
  return data;
};

describe('a query that was written for one start of a server', () => {
  it('is not sent to another start of it, on whatever lane', async () => {
    const { value } = openServer({ host: '127.0.0.1', port: older().port });
    const before = await value(start);
    expect(await value(start, written(before))).toBe(before);
    await older().restart();
    let took = 0;
    const told = { ...written(before), took: () => took++ };
    await eventually(async () => {
      expect(await value('SELECT no_such_column', told).catch(thrown)).toBeInstanceOf(
        OtherServerError,
      );
    });
    took = 0;
    for (const where of [{ lane: 'slow' }, { lane: 'database', database: 'template1' }] as const) {
      expect(await value('SELECT 1', { ...told, ...where }).catch(thrown)).toBeInstanceOf(
        OtherServerError,
      );
    }
    expect(took).toBe(0);
    const now = await value(start);
    expect(now).not.toBe(before);
    expect(await value(start, written(now))).toBe(now);
  });

  it('is not cancelled, for what would be hit is the statement after it', async () => {
    between = await wire((socket) => forward(socket, older().port));
    const { value } = openServer({ host: '127.0.0.1', port: between.port });
    const now = await value(start);
    expect(await value('SELECT 1', written('180000 1.5')).catch(thrown)).toBeInstanceOf(
      OtherServerError,
    );
    expect(await value(`SELECT 'whole' FROM pg_sleep(0.3)`, written(now))).toBe('whole');
    // A cancel request would have been a connection of its own.
    expect(between.sockets).toHaveLength(1);
  });

  it('is not sent to another start through a pooler, whose backends change unseen', async () => {
    between = await wire((socket) => forward(socket, older().port, withOtherPid));
    const { value, server } = openServer({ host: '127.0.0.1', port: between.port });
    const now = await value(start);
    expect(server.connection().pooler).toBe(true);
    expect(await value(start, written(now))).toBe(now);
    expect(
      await value('SELECT no_such_column', written('180000 1.5')).catch(thrown),
    ).toBeInstanceOf(OtherServerError);
    // The transaction that asked is over.
    expect(await value(start, written(now))).toBe(now);
  });

  it('leaves the connection to an old server that is still there, once a newer one leads elsewhere', async () => {
    let leader = older().port;
    between = await wire((socket) => forward(socket, leader));
    const { value } = openServer({ host: '127.0.0.1', port: between.port });
    const before = await value(start);
    leader = newer().port;
    const now = await value(start, { lane: 'slow' });
    expect(now).not.toBe(before);
    // Still where it was: nobody told it that there is a newer one.
    expect(await value(start)).toBe(before);
    expect(await value(start, written(now)).catch(thrown)).toBeInstanceOf(OtherServerError);
    expect(await value(start, written(now))).toBe(now);
  });
});
