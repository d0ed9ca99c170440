import type { MetricSchema } from '../../src/schema/metric.ts';

/** A field of a metric, and the column that it says it is. */
export interface DescribedField {
  /** `[]` behind a list: `['tables[]', 'seq_scan']`. */
  readonly path: readonly string[];
  /** Columns as `view.column`: the field is the first of them that the version has. */
  readonly from: readonly string[];
}

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** Every `view.column` that the descriptions of a metric's fields name. */
export const namedColumns = (schema: MetricSchema): ReadonlySet<string> =>
  new Set(JSON.stringify(schema).match(/\bpg_\w+\.\w+/g) ?? []);

/**
 * The fields whose description begins with a column: they have its value. `pg_stat_checkpointer.write_time, before 17
 * pg_stat_bgwriter.checkpoint_write_time: …` names two.
 */
export function describedFields(schema: MetricSchema): readonly DescribedField[] {
  const found: DescribedField[] = [];
  const visit = (node: Node, path: readonly string[]): void => {
    const named = /^(pg_\w+\.\w+)(?:, before \d+ (pg_\w+\.\w+))?(?: \([^)]*\))?:? ?/.exec(
      node.description ?? '',
    );
    if (named && !node.properties && !node.items) {
      const [, newest = '', older] = named;
      found.push({ path, from: older === undefined ? [newest] : [newest, older] });
    }
    for (const [name, field] of Object.entries(node.properties ?? {}))
      visit(field, [...path, name]);
    if (node.items) visit(node.items, [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`]);
  };
  visit(schema, []);
  return found;
}
