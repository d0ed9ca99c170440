import fc from 'fast-check';
import { type Subscription, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { memorySpool } from '../../src/io/memorySpool.ts';
import type { Spool } from '../../src/ports/spool.ts';
import type { Header, Payload } from '../../src/schema/payload.ts';

const payload = (id: string, bytes = 100): Payload => ({
  header: {
    id,
    collectorId: 'c',
    counts: { pg_stats: 1 },
    seqs: [0, 0],
    rawBytes: bytes * 2,
    bytes,
    createdAt: '2026-01-01T00:00:00.000Z',
    marks: {},
  },
  body: new Uint8Array(bytes),
});

/** A body of this size costs exactly 10,000 bytes of the bound. */
const BODY = 10_000 - 1_024;

function open(maxBytes: number) {
  let spool: Spool | undefined;
  const subscription = memorySpool({ maxBytes }).subscribe((opened) => (spool = opened));
  return { spool: spool!, subscription };
}

function watch(spool: Spool): { ids: string[]; headers: Header[]; subscription: Subscription } {
  const ids: string[] = [];
  const headers: Header[] = [];
  const subscription = spool.entries$.subscribe((header) => {
    ids.push(header.id);
    headers.push(header);
  });
  return { ids, headers, subscription };
}

const append = (spool: Spool, id: string, bytes?: number) =>
  firstValueFrom(spool.append(payload(id, bytes)));

describe('memorySpool', () => {
  it('offers the oldest payload, and the next one when it was settled', async () => {
    const { spool } = open(100_000);
    const { ids, headers } = watch(spool);
    await append(spool, 'a');
    await append(spool, 'b');
    expect(ids).toEqual(['a']);
    await firstValueFrom(spool.settle(headers[0]!, { is: 'delivered' }));
    expect(ids).toEqual(['a', 'b']);
  });

  it('offers the payload in flight again to the next subscriber', async () => {
    const { spool } = open(100_000);
    const first = watch(spool);
    await append(spool, 'a');
    first.subscription.unsubscribe();
    expect(watch(spool).ids).toEqual(['a']);
  });

  it('puts the halves of a split payload in its place', async () => {
    const { spool } = open(100_000);
    const { ids, headers } = watch(spool);
    await append(spool, 'a');
    await append(spool, 'b');
    const halves = [payload('a.0'), payload('a.1')] as const;
    await firstValueFrom(spool.settle(headers[0]!, { is: 'split', halves }));
    await firstValueFrom(spool.settle(headers[1]!, { is: 'delivered' }));
    await firstValueFrom(spool.settle(headers[2]!, { is: 'set_aside', reason: '400' }));
    expect(ids).toEqual(['a', 'a.0', 'a.1', 'b']);
  });

  it('reads what was appended, and nothing once it was evicted', async () => {
    const { spool } = open(20_000);
    await append(spool, 'a', BODY);
    const read: Payload[] = [];
    spool.read(payload('a').header).subscribe((found) => read.push(found));
    expect(read.map(({ body }) => body.length)).toEqual([BODY]);
    await append(spool, 'b', BODY);
    await append(spool, 'c', BODY);
    spool.read(payload('a').header).subscribe((found) => read.push(found));
    expect(read).toHaveLength(1);
  });

  it('evicts the oldest above its bound, never the one in flight', async () => {
    const { spool } = open(20_000);
    const evicted: string[] = [];
    spool.evicted$.subscribe(({ header, reason }) => evicted.push(`${header.id} ${reason}`));
    watch(spool);
    for (const id of ['a', 'b', 'c', 'd']) await append(spool, id, BODY);
    expect(evicted).toEqual(['b spool_full', 'c spool_full']);
  });

  it('tells of a payload before it tells that it was evicted', async () => {
    const { spool } = open(20_000);
    const told: string[] = [];
    spool.evicted$.subscribe(({ header }) => told.push(`evicted ${header.id}`));
    watch(spool);
    await append(spool, 'a', BODY);
    spool.append(payload('b', 3 * BODY)).subscribe(({ id }) => told.push(`durable ${id}`));
    expect(told).toEqual(['durable b', 'evicted b']);
  });

  it('gives back what is left when it closes', async () => {
    const { spool } = open(100_000);
    await append(spool, 'a');
    await append(spool, 'b');
    const left: string[] = [];
    spool.close().subscribe(({ header, reason }) => left.push(`${header.id} ${reason}`));
    expect(left).toEqual(['a shutdown', 'b shutdown']);
    expect(await firstValueFrom(spool.waiting$)).toBe(0);
  });

  it('ends its streams when it is unsubscribed', () => {
    const { spool, subscription } = open(100_000);
    let ended = 0;
    for (const stream$ of [spool.entries$, spool.evicted$, spool.waiting$]) {
      (stream$ as typeof spool.waiting$).subscribe({ complete: () => ended++ });
    }
    subscription.unsubscribe();
    expect(ended).toBe(3);
  });

  it('accounts for every payload, whatever happens in which order', () => {
    const command = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('append'), size: fc.nat(15_000) }) },
      fc.record({ do: fc.constantFrom('deliver', 'set_aside', 'split'), size: fc.nat(8_000) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const { spool } = open(40_000);
        const model: { id: string; cost: number }[] = [];
        let inFlight: string | undefined;
        const evicted: string[] = [];
        const expected: string[] = [];
        let offered: Header | undefined;
        const seen = new Set<string>();
        spool.evicted$.subscribe(({ header }) => evicted.push(header.id));
        spool.entries$.subscribe((header) => {
          expect(seen.has(header.id)).toBe(false);
          seen.add(header.id);
          offered = header;
        });
        const shed = (): void => {
          while (model.reduce((sum, { cost }) => sum + cost, 0) > 40_000) {
            const index = model.findIndex(({ id }) => id !== inFlight);
            if (index < 0) return;
            expected.push(model.splice(index, 1)[0]!.id);
          }
        };
        commands.forEach((step, n) => {
          if (step.do === 'append') {
            spool.append(payload(`p${n}`, step.size)).subscribe();
            model.push({ id: `p${n}`, cost: step.size + 1_024 });
          } else if (inFlight !== undefined) {
            const id = inFlight;
            const halves = [payload(`${id}.0`, step.size), payload(`${id}.1`, step.size)] as const;
            const fate =
              step.do === 'split'
                ? ({ is: 'split', halves } as const)
                : step.do === 'deliver'
                  ? ({ is: 'delivered' } as const)
                  : ({ is: 'set_aside', reason: 'x' } as const);
            const heirs = halves.map(({ header, body }) => ({
              id: header.id,
              cost: body.length + 1_024,
            }));
            model.splice(
              model.findIndex((entry) => entry.id === id),
              1,
              ...(step.do === 'split' ? heirs : []),
            );
            inFlight = undefined;
            spool.settle(offered!, fate).subscribe();
          }
          shed();
          inFlight ??= model[0]?.id;
          expect(offered?.id === inFlight || inFlight === undefined).toBe(true);
          expect(evicted).toEqual(expected);
          let waiting = -1;
          spool.waiting$.subscribe((count) => (waiting = count)).unsubscribe();
          expect(waiting).toBe(model.length);
        });
      }),
    );
  });
});
