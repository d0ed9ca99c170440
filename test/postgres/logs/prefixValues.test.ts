import { describe, expect, it } from 'vitest';
import type { Escape } from '../../../src/postgres/logs/prefix/prefixTokens.ts';
import { fieldsOf, originOf } from '../../../src/postgres/logs/prefix/prefixValues.ts';

const values = (given: Partial<Record<Escape, string>>) => (escape: Escape) => given[escape];

describe('the values of a prefix', () => {
  it('tell the session by its name, else by its process, else not', () => {
    expect(originOf(values({ c: '6b0.1', p: '7' })).session).toBe('6b0.1');
    expect(originOf(values({ p: '7' })).session).toBe('7');
    expect(originOf(values({})).session).toBe('');
  });

  it('tell SQLSTATE, database and user as they stand there', () => {
    const { sqlstate, database, user } = originOf(values({ e: '42P01', d: 'shop', u: 'ann' }));
    expect([sqlstate, database, user]).toEqual(['42P01', 'shop', 'ann']);
  });

  it('are numbers where an entry has numbers', () => {
    const { pid, line_num, query_id } = fieldsOf(values({ p: '7', l: '12', Q: '-9' }));
    expect([pid, line_num, query_id]).toEqual([7, 12, '-9']);
  });

  it('have no query where its number is 0', () => {
    expect(fieldsOf(values({ Q: '0' })).query_id).toBeUndefined();
  });

  it('have the client without its port, by its address first', () => {
    expect(fieldsOf(values({ r: 'fe80::1(5432)' })).client_addr).toBe('fe80::1');
    expect(fieldsOf(values({ r: '[local]' })).client_addr).toBe('[local]');
    expect(fieldsOf(values({ h: '10.0.0.1', r: 'name(1)' })).client_addr).toBe('10.0.0.1');
  });

  it('are absent where the prefix has none', () => {
    expect(Object.values(fieldsOf(values({})))).toEqual(Array(7).fill(undefined));
  });
});
