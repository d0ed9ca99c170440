import type { TProperties } from '@sinclair/typebox';
import { fieldNames, isList, isNumber } from '../../postgres/logs/events/eventFields.ts';
import { integer, list, number, optional, record, text } from '../../schema/fields.ts';

/** Units, by how the name of a field ends. */
const units: readonly [RegExp, string][] = [
  [/_ms$/, ', ms'],
  [/_mb_s$/, ', MB/s'],
  [/_s$/, ', s'],
  [/_kb$/, ', kB'],
  [/_percent$/, ', percent'],
  [/bytes$/, ', bytes'],
];

const described = (name: string): string => {
  const unit = units.find(([ending]) => ending.test(name))?.[1] ?? '';
  return `${name.replace(/_(?:ms|mb_s|s|kb|percent)$/, '').replaceAll('_', ' ')} as the message tells it${unit}`;
};

function fieldOf(name: string) {
  if (isList(name)) return optional(list(integer('process'), described(name)));
  return isNumber(name) ? optional(number(described(name))) : optional(text(described(name)));
}

const found: TProperties = Object.fromEntries(fieldNames().map((name) => [name, fieldOf(name)]));

/** What messages tell, by event: figures, names, the server's own words. */
export const logFieldsSchema = record(
  {
    ...found,
    waits: optional(
      list(
        record(
          {
            pid: integer('process that waits'),
            lock_mode: text('lock that it wants, e.g. ShareLock'),
            lock_object: text('on what'),
            blocked_by: integer('process that holds it'),
          },
          'one participant',
        ),
        'participants of a deadlock, each waiting for the next',
      ),
    ),
  },
  'what the message tells, by event',
);
