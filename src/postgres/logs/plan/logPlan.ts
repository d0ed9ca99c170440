/** A condition, key or figure of a plan's node, named as EXPLAIN names it. */
export interface PlanProperty {
  name: string;
  value: string;
}

/** One node of a plan; what is unknown is null. */
export interface PlanNode {
  /** 0 is the root. A node belongs to the nearest before it that is less deep. */
  depth: number;
  /** E.g. `Seq Scan`. */
  type: string;
  relation: string | null;
  index: string | null;
  startup_cost: number | null;
  total_cost: number | null;
  plan_rows: number | null;
  plan_width: number | null;
  actual_startup_ms: number | null;
  actual_total_ms: number | null;
  actual_rows: number | null;
  actual_loops: number | null;
  properties: PlanProperty[];
}

/** A plan of auto_explain. */
export interface LogPlan {
  query: string;
  /** From the root, each node before those below it. */
  nodes: PlanNode[];
  /** There were more nodes or properties. */
  truncated?: true;
}

/** Bounds of a plan. */
export const maxNodes = 200;
export const maxProperties = 24;
export const maxPropertyChars = 1000;
