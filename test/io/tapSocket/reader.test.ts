import { connect } from 'node:net';
import { Subject, lastValueFrom, map, of, range, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { attach } from '../../../src/io/tapSocket/attach.ts';
import type { LazyLine } from '../../../src/io/tapSocket/reader.ts';
import { eventually } from '../../support/openServer.ts';
import { line, tapListening } from '../../support/tapListening.ts';

const { path, listening, isThere } = tapListening();

describe('a reader that is slow', () => {
  it('leaves out lines while a reader does not read, says in their place how many, and goes on', async () => {
    const source$ = new Subject<LazyLine>();
    listening(() => source$);
    await isThere();
    const text = 'x'.repeat(100_000);
    const seen: string[] = [];
    // A reader in this process that is paused from the start.
    const socket = connect(path());
    socket.write('request\n');
    await eventually(() => expect(source$.observed).toBe(true));
    const started = performance.now();
    for (let n = 0; n < 200; n++) source$.next(line(`${n} ${text}`));
    expect(performance.now() - started).toBeLessThan(5_000);
    let rest = '';
    socket.on('data', (chunk) => (rest += chunk.toString()));
    await eventually(() => expect(rest).toContain('skipped'));
    source$.next(line('200 '));
    source$.complete();
    await new Promise((resolve) => socket.on('close', resolve));
    for (const one of rest.trimEnd().split('\n')) seen.push(one.slice(0, 14).trim());
    const lost = Number(/skipped (\d+)/.exec(rest)?.[1]);
    expect(lost).toBeGreaterThan(100);
    expect(seen).toHaveLength(202 - lost);
    expect(seen.slice(0, -2)).toEqual(
      seen
        .slice(0, -2)
        .map((_, n) => String(n))
        .map((n) => expect.stringMatching(`^${n} ?x*$`) as string),
    );
    expect(seen.at(-2)).toMatch(/^skipped/);
    expect(seen.at(-1)).toBe('200');
  });

  it('gives a reader that must have all of it no more where it is too slow, and ends the work for it', async () => {
    const source$ = new Subject<LazyLine>();
    listening(() => source$, { whole: true });
    await isThere();
    const socket = connect(path());
    socket.write('request\n');
    await eventually(() => expect(source$.observed).toBe(true));
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 200; n++) source$.next(line(`${n} ${text}`));
    expect(source$.observed).toBe(false);
    let rest = '';
    socket.on('data', (chunk) => (rest += chunk.toString()));
    await new Promise((resolve) => socket.on('close', resolve));
    const seen = rest.trimEnd().split('\n');
    expect(seen.at(-1)).toMatch(/^skipped \d+$/);
    expect(seen.slice(0, -1).map((one) => Number(one.split(' ')[0]))).toEqual(
      seen.slice(0, -1).map((_, n) => n),
    );
  });

  it('gives a line that is longer than what may wait', async () => {
    listening(() => of(line('x'.repeat(3_000_000)), line('y')));
    await isThere();
    const answer = await lastValueFrom(attach(path(), 'x').pipe(toArray()));
    expect(answer.map((one) => one.is === 'line' && one.text.length)).toEqual([3_000_000, 9]);
  });

  it('costs no text for what is skipped', async () => {
    let written = 0;
    listening(() =>
      range(0, 10_000).pipe(map((n) => ({ bytes: 10_000, text: () => `${++written} ${n}` }))),
    );
    await isThere();
    const answer = await lastValueFrom(attach(path(), 'x').pipe(toArray()));
    expect(answer).toHaveLength(written + 1);
    expect(written).toBeLessThan(500);
  });
});
