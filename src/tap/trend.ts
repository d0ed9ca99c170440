import { quantity } from './quantity.ts';
import type { Rise } from './rise.ts';

/** How a counter moved, in the unit of its field: `+60 (12/s)`. */
export const trend = (field: string, { by, perSecond }: Rise): string =>
  `+${quantity(field, by)} (${quantity(field, perSecond)}/s)`;
