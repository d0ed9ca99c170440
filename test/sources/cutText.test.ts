import { describe, expect, it } from 'vitest';
import { cutText } from '../../src/sources/cutText.ts';

const options = { redacts: true, serverBytes: 1024 };

describe('cutText', () => {
  it('redacts, and keeps literals only where it is told to', () => {
    expect(cutText(`SELECT 'secret'`, options)).toEqual({
      query: 'SELECT ?',
      query_truncated: false,
    });
    expect(cutText(`SELECT 'known'`, { ...options, redacts: false }).query).toBe(`SELECT 'known'`);
    const keyword = cutText(`ALTER ROLE a PASSWORD 'x'`, { ...options, redacts: false });
    expect(keyword.query).toBe('ALTER ROLE');
  });

  it('says that the server cut a text, to the byte', () => {
    const text = (bytes: number) => `SELECT ${'a'.repeat(bytes - 7)}`;
    const cut = (of: string) => cutText(of, { ...options, serverBytes: 100 }).query_truncated;
    expect([cut(text(98)), cut(text(99))]).toEqual([false, true]);
    // The server leaves out a character that does not fit: a text of 97 bytes may have lost one of three.
    expect([cut(`${text(93)}é`), cut(`${text(94)}é`)]).toEqual([false, true]);
  });

  it('cuts after 1000 characters, never within one', () => {
    const { query, query_truncated } = cutText(`${'a'.repeat(999)}😀 from t`, {
      redacts: true,
      serverBytes: 16_384,
    });
    expect([query, query_truncated]).toEqual(['a'.repeat(999), true]);
  });

  it('has nothing to say of no text', () => {
    const nothing = { query: null, query_truncated: false };
    expect([cutText(null, options), cutText('', options)]).toEqual([nothing, nothing]);
  });
});
