import { describe, expect, it } from 'vitest';
import { screen } from './screen.ts';

describe('a screen', () => {
  it('wraps and scrolls', () => {
    const shown = screen(4, 2);
    shown.write('abcdef\r\ngh');
    expect(shown.text()).toBe('ef\ngh');
  });

  it('gives a wide character two columns', () => {
    const shown = screen(5, 2);
    shown.write('倉庫x\r\n庫庫庫');
    expect(shown.text()).toBe('庫庫\n庫');
  });

  it('draws over what was there, erases, and forgets the other screen', () => {
    const shown = screen(10, 3);
    shown.write('before\r\n\u001b[?1049h\u001b[?25l\u001b[Hone two\u001b[K\r\nthree\u001b[J');
    shown.write('\u001b[Hfour\u001b[K\r\n\u001b[');
    shown.write('J');
    expect(shown.text()).toBe('four');
    shown.write('\u001b[?25h\u001b[?1049l\u001b[32mafter\u001b[39m');
    expect(shown.text()).toBe('before\nafter');
  });

  it('cuts what a smaller window has no room for', () => {
    const shown = screen(6, 3);
    shown.write('one\r\ntwo\r\nthree');
    shown.resize(4, 2);
    expect(shown.text()).toBe('two\nthre');
  });

  it('refuses what it does not know', () => {
    expect(() => screen(4, 2).write('\u001b[5n')).toThrow('does not know');
    expect(() => screen(4, 2).write('\t')).toThrow('does not know');
  });
});
