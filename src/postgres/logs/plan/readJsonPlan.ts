import {
  type LogPlan,
  type PlanNode,
  maxNodes,
  maxProperties,
  maxPropertyChars,
} from './logPlan.ts';

type Values = Readonly<Record<string, unknown>>;

/** What has a field of its own, or is not taken. */
const own = new Set([
  'Node Type',
  'Relation Name',
  'Index Name',
  'Startup Cost',
  'Total Cost',
  'Plan Rows',
  'Plan Width',
  'Actual Startup Time',
  'Actual Total Time',
  'Actual Rows',
  'Actual Loops',
  'Plans',
]);

/** Reads a plan in JSON; undefined where it is none. Parameters are left out. */
export function readJsonPlan(text: string): LogPlan | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isValues(read) || !isValues(read['Plan'])) return undefined;
  const query = read['Query Text'];
  const plan: LogPlan = { query: typeof query === 'string' ? query : '', nodes: [] };
  add(plan, read['Plan'], 0);
  return plan;
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value of a property: keys of a sort come as a list. Objects, such as each worker's figures, are left out. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    return value.every((one) => typeof one === 'string') ? value.join(', ') : undefined;
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function add(plan: LogPlan, values: Values, depth: number): void {
  if (plan.nodes.length >= maxNodes) {
    plan.truncated = true;
    return;
  }
  const number = (key: string): number | null => {
    const value = values[key];
    return typeof value === 'number' ? value : null;
  };
  const name = (key: string): string | null => {
    const value = values[key];
    return typeof value === 'string' ? value : null;
  };
  const node: PlanNode = {
    depth,
    type: name('Node Type') ?? '',
    relation: name('Relation Name'),
    index: name('Index Name'),
    startup_cost: number('Startup Cost'),
    total_cost: number('Total Cost'),
    plan_rows: number('Plan Rows'),
    plan_width: number('Plan Width'),
    actual_startup_ms: number('Actual Startup Time'),
    actual_total_ms: number('Actual Total Time'),
    actual_rows: number('Actual Rows'),
    actual_loops: number('Actual Loops'),
    properties: [],
  };
  plan.nodes.push(node);
  for (const [key, value] of Object.entries(values)) {
    const text = own.has(key) ? undefined : textOf(value);
    if (text === undefined) continue;
    if (node.properties.length >= maxProperties) plan.truncated = true;
    else node.properties.push({ name: key, value: text.slice(0, maxPropertyChars) });
  }
  const below = values['Plans'];
  if (!Array.isArray(below)) return;
  for (const one of below as unknown[]) if (isValues(one)) add(plan, one, depth + 1);
}
