import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connector } from '../../../src/io/postgres/connector.ts';
import type { Link } from '../../../src/io/postgres/dial.ts';
import type { Session } from '../../../src/io/postgres/session.ts';

/** A connection that a test holds in its hands. */
function fakeLink() {
  const done: Record<string, () => void> = {};
  const said: string[] = [];
  const link = {
    reached: new Promise<void>((resolve) => (done['reach'] = resolve)),
    ended: new Promise<void>((resolve) => (done['end'] = resolve)),
    leave: () => said.push('leave'),
    drop: () => said.push('drop'),
  } as unknown as Link;
  let succeed!: () => void;
  let fail!: (error: Error) => void;
  const session = new Promise<Session>((resolve, reject) => {
    succeed = () => resolve({ link } as Session);
    fail = reject;
  });
  return {
    link,
    said,
    session,
    succeed,
    fail,
    reach: () => done['reach']?.(),
    end: () => done['end']?.(),
  };
}

const patient = new AbortController().signal;
const flush = () => vi.advanceTimersByTimeAsync(0);

describe('connector', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function attempts() {
    const links: ReturnType<typeof fakeLink>[] = [];
    const settled: unknown[] = [];
    const { connect, links: counted, abandon } = connector();
    const ask = (key = 'fast', signal = patient) => {
      const outcome = connect(
        {
          key,
          open: (onDial) => {
            const made = fakeLink();
            links.push(made);
            onDial(made.link);
            return made.session;
          },
          settle: (result) => settled.push('session' in result ? 'session' : 'error'),
        },
        signal,
      );
      const seen: string[] = [];
      outcome.then(
        () => seen.push('ok'),
        (error: unknown) => seen.push((error as { reason?: string }).reason ?? String(error)),
      );
      return seen;
    };
    return { ask, links, settled, counted, abandon };
  }

  it('makes one attempt at a time; who asks for the same shares it', async () => {
    const { ask, links, settled } = attempts();
    const [first, second, other] = [ask('fast'), ask('fast'), ask('slow')];
    await flush();
    expect(links).toHaveLength(1);
    links[0]?.succeed();
    await flush();
    expect([first, second, other]).toEqual([['ok'], ['ok'], []]);
    expect(settled).toEqual(['session']);
    expect(links).toHaveLength(2);
    links[1]?.fail(new Error('no'));
    await flush();
    expect(other).toEqual(['Error: no']);
  });

  it('tells all who wait, 5 s after the port answered, and goes on', async () => {
    const { ask, links, settled } = attempts();
    const waiting = [ask('fast'), ask('slow')];
    await vi.advanceTimersByTimeAsync(20_000);
    expect(waiting).toEqual([[], []]);
    links[0]?.reach();
    await vi.advanceTimersByTimeAsync(4999);
    expect(waiting).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting).toEqual([['connect_stalled'], ['connect_stalled']]);
    links[0]?.succeed();
    await flush();
    expect(settled).toEqual(['session']);
  });

  it('abandons an attempt after 90 s without dropping it, and counts it until it has ended', async () => {
    const { ask, links, counted, settled } = attempts();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const seen = ask();
      await flush();
      expect(links).toHaveLength(attempt);
      links.at(-1)?.reach();
      await vi.advanceTimersByTimeAsync(89_999);
      expect(seen).toEqual(['connect_stalled']);
      expect(links.at(-1)?.said).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(links.at(-1)?.said).toEqual(['leave']);
    }
    const refused = ask();
    await flush();
    expect(refused).toEqual(['connect_stalled']);
    expect(links).toHaveLength(3);
    expect(counted.size).toBe(3);

    links[0]?.end();
    await flush();
    ask();
    await flush();
    expect(links).toHaveLength(4);
    // An abandoned attempt that is let in after all serves nobody.
    links[1]?.succeed();
    await flush();
    expect(settled).toEqual([]);
    expect(links[1]?.said).toEqual(['leave', 'leave']);
  });

  it('drops an attempt that has not reached the port when it is given up', async () => {
    const { ask, links, abandon } = attempts();
    const seen = ask();
    await flush();
    abandon();
    await flush();
    expect(links[0]?.said).toEqual(['drop']);
    expect(seen).toEqual(['lost']);
  });

  it('lets one who waits leave; the attempt goes on', async () => {
    const { ask, links, settled } = attempts();
    const leaving = new AbortController();
    const seen = ask('fast', leaving.signal);
    await flush();
    leaving.abort(new Error('left'));
    await flush();
    expect(seen).toEqual(['Error: left']);
    links[0]?.succeed();
    await flush();
    expect(settled).toEqual(['session']);
  });

  it('leaves no timer behind', async () => {
    const { ask, links } = attempts();
    ask();
    await flush();
    links[0]?.reach();
    await flush();
    links[0]?.succeed();
    await flush();
    expect(vi.getTimerCount()).toBe(0);
  });
});
