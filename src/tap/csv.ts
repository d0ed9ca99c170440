import type { Json } from '../schema/json.ts';
import { printable } from '../schema/printable.ts';
import { project } from './project.ts';
import { type TapRecord, recordOf } from './recordOf.ts';
import type { View } from './view.ts';

const LONG = ['timestamp', 'type', 'server', 'database'] as const;

/**
 * Shows entries as CSV (RFC 4180, lines end with LF). With `fields` one line an entry, one column a field; without, one
 * line a value: `tap_seq,at,timestamp,type,server,database,field,value`, where `tables.0.name` is a field of the first item
 * of a list. Characters that steer a terminal are written as `\xNN`.
 */
export function csv(fields: readonly string[] = []): View {
  const head = fields.length > 0 ? fields : ['at', ...LONG, 'field', 'value'];
  return {
    head: ['tap_seq', ...head].map(cell).join(','),
    show: ({ seq, entry }) => {
      const record = recordOf(entry);
      const rows = fields.length > 0 ? wide(record, fields) : long(record);
      return rows.length === 0
        ? undefined
        : rows.map((row) => [seq, ...row].map(cell).join(',')).join('\n');
    },
  };
}

function wide(record: TapRecord, fields: readonly string[]): (readonly Json[])[] {
  const projected = project(record, fields);
  return projected ? [Object.values(projected)] : [];
}

function long(record: TapRecord): (readonly Json[])[] {
  const { at = null, ...rest } = record;
  const start = [at, ...LONG.map((name) => rest[name] ?? null)];
  const shown = Object.entries(rest).filter(([name]) => !LONG.some((each) => each === name));
  return [...leaves(Object.fromEntries(shown), '')].map((leaf) => [...start, ...leaf]);
}

function* leaves(value: Json, path: string): Generator<readonly [string, Json]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, value];
    return;
  }
  for (const [name, inner] of Object.entries(value as TapRecord)) {
    yield* leaves(inner, path === '' ? name : `${path}.${name}`);
  }
}

function cell(value: Json): string {
  if (value === null) return '';
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
