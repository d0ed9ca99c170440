import { jsonText } from './ndjson.ts';
import type { View } from './view.ts';

/** Shows entries as one JSON document, a list of the objects of {@link jsonText}; it is whole once the tap has ended. */
export function json(fields: readonly string[] = []): View {
  let first = true;
  return {
    head: '[',
    show: (tapped) => {
      const text = jsonText(tapped, fields);
      if (text === undefined) return undefined;
      const separator = first ? '' : ',';
      first = false;
      return separator + text;
    },
    foot: ']',
  };
}
