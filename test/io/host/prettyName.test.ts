import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prettyName } from '../../../src/io/host/prettyName.ts';

describe('prettyName', () => {
  it.each([
    ['NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', 'Debian GNU/Linux 12 (bookworm)'],
    ["PRETTY_NAME='Alpine Linux v3.20'", 'Alpine Linux v3.20'],
    ['PRETTY_NAME=Void', 'Void'],
    ['PRETTY_NAME="A \\"quoted\\" name"', 'A "quoted" name'],
    ['PRETTY_NAME=""', undefined],
    ['NAME="no pretty name"', undefined],
    ['', undefined],
  ])('of %j is %s', (text, name) => {
    expect(prettyName(text)).toBe(name);
  });

  it('reads back any name that was quoted', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*[!-~][ -~]*$/), (name) => {
        const quoted = name.replace(/[\\"$`]/g, '\\$&');
        expect(prettyName(`ID=x\nPRETTY_NAME="${quoted}"\n`)).toBe(name);
      }),
    );
  });
});
