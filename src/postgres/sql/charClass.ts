/** What a character of SQL can be. */
export const is = { space: 1, digit: 2, letter: 4, operator: 8, dollar: 16, sign: 32 };

/** What each character of ASCII can be; all others are letters. */
const classes = new Uint8Array(128);
const mark = (chars: string, bit: number): void => {
  for (const char of chars) classes[char.charCodeAt(0)] = bit;
};
mark(' \t\n\r\f\v', is.space);
mark('0123456789', is.digit);
mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', is.letter);
mark('~!@#^&|`?+-*/%<>=', is.operator);
mark('$', is.dollar);
mark('(),[]:', is.sign);

/** What a character can be, by its code. */
export const charClass = (code: number): number => (code < 128 ? (classes[code] ?? 0) : is.letter);
