import { describe, expect, it } from 'vitest';
import { PieceMemory } from '../../../src/postgres/logs/pieceMemory.ts';
import { viewOf } from '../../../src/postgres/logs/rawText.ts';

/** Whether what a line holds at a place is found, and how much it takes. */
const found = <Known>(memory: PieceMemory<Known>, line: string, at = 0, hash = 0) => {
  const bytes = Buffer.from(line);
  return memory.find(hash, viewOf(bytes), at, bytes.length);
};

describe('PieceMemory', () => {
  it('finds a piece wherever it stands, whatever follows', () => {
    const memory = new PieceMemory<string>(4, 32);
    memory.keep(1, Buffer.from('..name="bob",'), 2, 13, 'bob');
    expect(found(memory, 'name="bob",x', 0, 1)).toEqual({ length: 11, known: 'bob' });
    expect(found(memory, '1234567name="bob",y', 7, 5)?.known).toBe('bob');
    expect(found(memory, 'name="bob",x', 0, 2)).toBeUndefined();
  });

  it('tells apart pieces that differ in any one byte', () => {
    for (let length = 1; length <= 20; length++) {
      const memory = new PieceMemory<true>(1, 32);
      const text = 'abcdefghijklmnopqrstuvwxyz'.slice(0, length);
      memory.keep(0, Buffer.from(text), 0, length, true);
      expect(found(memory, `${text}.`)).toBeDefined();
      for (let at = 0; at < length; at++) {
        const other = `${text.slice(0, at)}X${text.slice(at + 1)}.`;
        expect(found(memory, other)).toBeUndefined();
      }
    }
  });

  it('wants a piece whose slot is free, or that was missed twice while the own of its slot was not found', () => {
    const memory = new PieceMemory<number>(4, 8);
    const keep = (hash: number, text: string) => {
      memory.keep(hash, Buffer.from(text), 0, text.length, hash);
    };
    expect(memory.wants(1)).toBe(true);
    keep(1, 'one');
    expect([memory.wants(5), memory.wants(9), memory.wants(5)]).toEqual([false, false, false]);
    expect(memory.wants(5)).toBe(true);
    expect(found(memory, 'one.', 0, 1)?.known).toBe(1);
    expect(memory.wants(5)).toBe(false);
    expect(memory.wants(5)).toBe(true);
    keep(5, 'five');
    expect(found(memory, 'five.', 0, 5)?.known).toBe(5);
    expect(found(memory, 'one.', 0, 1)).toBeUndefined();
    expect([memory.wants(1), memory.wants(2)]).toEqual([false, true]);
  });

  it('remembers nothing that is longer than its room, and finds nothing in what is no longer than it', () => {
    const memory = new PieceMemory<true>(1, 8);
    memory.keep(0, Buffer.from('123456789'), 0, 9, true);
    expect(found(memory, '123456789.')).toBeUndefined();
    memory.keep(0, Buffer.from('123456789'), 0, 8, true);
    expect(found(memory, '12345678')).toBeUndefined();
    expect(found(memory, '123456789')).toBeDefined();
  });
});
