import { project } from './project.ts';
import { recordOf } from './recordOf.ts';
import type { Tapped, View } from './view.ts';

/**
 * Shows entries to a program, one JSON object a line: `tap_seq` (a gap shows a loss), `at`, `metric_seq`, then what the
 * entry says. A validated metric stands in it byte for byte as it will be sent.
 *
 * @param fields dotted paths: only these are shown, and only entries that have one of them
 */
export const ndjson = (fields: readonly string[] = []): View => ({
  show: (tapped) => jsonText(tapped, fields),
});

/** The JSON object of one entry; undefined where it has none of the fields. */
export function jsonText({ seq, entry }: Tapped, fields: readonly string[]): string | undefined {
  if (fields.length > 0) {
    const projected = project(recordOf(entry), fields);
    return projected && JSON.stringify({ tap_seq: seq, ...projected });
  }
  if (entry.at !== 'validated') return JSON.stringify({ tap_seq: seq, ...recordOf(entry) });
  const head = `{"tap_seq":${seq},"at":"validated","metric_seq":${entry.line.seq},`;
  return head + entry.line.json.slice(1);
}
