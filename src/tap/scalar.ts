import type { Json } from '../schema/json.ts';
import { printable } from '../schema/printable.ts';
import { quantity } from './quantity.ts';

const MOMENT = /^(\d{4,6}-\d\d-\d\d)T(\d\d:\d\d:\d\d)[.\d]*Z$/;

/**
 * A plain value of a field in words, with its unit, steering no terminal; undefined for null and for what is not plain.
 * Moments of the day of `now` are times, others dates and times, UTC.
 */
export function scalar(field: string, value: Json | undefined, now: string): string | undefined {
  switch (typeof value) {
    case 'number':
      return quantity(field, value);
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'string': {
      const [, day, time] = MOMENT.exec(value) ?? [];
      if (day !== undefined && time !== undefined) {
        return now.startsWith(day) ? time : `${day} ${time}`;
      }
      return printable(value.replace(/\s+/g, ' '));
    }
    default:
      return undefined;
  }
}

/** Whether a value says something by itself: null, 0, no and an empty text do not. */
export const says = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && value !== 0 && value !== false && value !== '';
