import { isAscii } from './isAscii.ts';

/** What of JSON Schema the compiled writer knows. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly int64?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
}

const known: ReadonlySet<string> = new Set<
  keyof SchemaNode | '$id' | 'description' | 'counter' | 'key'
>([
  '$id',
  'description',
  'type',
  'const',
  'enum',
  'pattern',
  'int64',
  'counter',
  'key',
  'properties',
  'required',
  'additionalProperties',
  'items',
]);

/** Whether a schema, and every schema within it, says nothing else, and has only names in ASCII. */
export function isKnown(node: SchemaNode): boolean {
  const { properties = {}, items, additionalProperties: rest } = node;
  return (
    Object.keys(node).every((keyword) => known.has(keyword)) &&
    Object.keys(properties).every(isAscii) &&
    [
      ...Object.values(properties),
      ...(items ? [items] : []),
      ...(typeof rest === 'object' ? [rest] : []),
    ].every(isKnown)
  );
}

/** The types that a schema allows. */
export const typesOf = ({ type }: SchemaNode): readonly string[] =>
  type === undefined ? [] : [type].flat();
