import { styleText } from 'node:util';

/** The colours of the tap, by meaning. */
export interface Style {
  readonly dim: (text: string) => string;
  readonly name: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly change: (text: string) => string;
}

const same = (text: string): string => text;

/** Coloured or plain, as the terminal wants (`NO_COLOR`, no terminal: plain). */
export function style(colour: boolean): Style {
  if (!colour) return { dim: same, name: same, good: same, bad: same, change: same };
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    styleText(format, text, { validateStream: false });
  return {
    dim: paint('dim'),
    name: paint(['bold', 'cyan']),
    good: paint('green'),
    bad: paint('red'),
    change: paint('yellow'),
  };
}
