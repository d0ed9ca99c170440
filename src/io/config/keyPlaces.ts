import { Observable } from 'rxjs';
import type { AST } from 'toml-eslint-parser';
import type { KeyPlace, TextPlace } from '../../ports/configFile.ts';
import { type Path, dotted } from '../../schema/config/problem.ts';

/**
 * Emits where each key of a TOML text stands, by dotted path. Loads a parser that knows positions: it is only needed
 * to word an error. A text that it cannot read gives no places.
 */
export function keyPlaces(text: string): Observable<ReadonlyMap<string, KeyPlace>> {
  return new Observable((subscriber) => {
    import('toml-eslint-parser').then(
      ({ parseTOML }) => {
        const places = new Map<string, KeyPlace>();
        try {
          for (const node of parseTOML(text, { tomlVersion: '1.1' }).body[0].body)
            visit(node, [], places);
        } catch {
          // The syntax was reported already, with its own place.
        }
        subscriber.next(places);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}

type Places = Map<string, KeyPlace>;

function visit(node: AST.TOMLTable | AST.TOMLKeyValue, parent: Path, places: Places): void {
  if (node.type === 'TOMLTable') {
    const here = start(node.key);
    // Also the tables on the way: `[a.b]` makes `a`.
    for (const [index] of node.resolvedKey.entries()) {
      note(places, node.resolvedKey.slice(0, index + 1), { key: here, value: here });
    }
    for (const child of node.body) visit(child, node.resolvedKey, places);
    return;
  }
  const names = node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
  for (const [index, name] of node.key.keys.entries()) {
    note(places, [...parent, ...names.slice(0, index + 1)], {
      key: start(name),
      value: start(node.value),
    });
  }
  inside(node.value, [...parent, ...names], places);
}

function inside(value: AST.TOMLContentNode, path: Path, places: Places): void {
  if (value.type === 'TOMLInlineTable') for (const child of value.body) visit(child, path, places);
  if (value.type !== 'TOMLArray') return;
  for (const [index, element] of value.elements.entries()) {
    note(places, [...path, index], { key: start(element), value: start(element) });
    inside(element, [...path, index], places);
  }
}

/** The first place wins: a table that is opened again is found where it begins. */
function note(places: Places, path: Path, place: KeyPlace): void {
  const name = dotted(path);
  if (!places.has(name)) places.set(name, place);
}

const start = (node: { readonly loc: AST.SourceLocation }): TextPlace => ({
  line: node.loc.start.line,
  column: node.loc.start.column + 1,
});
