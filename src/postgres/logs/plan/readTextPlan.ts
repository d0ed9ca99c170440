import { tokensOf } from '../../sql/tokensOf.ts';
import {
  type LogPlan,
  type PlanNode,
  maxNodes,
  maxProperties,
  maxPropertyChars,
} from './logPlan.ts';

/** A line of a node: `  ->  Index Scan using i on t a  (cost=0.42..8.44 rows=1 width=4) (actual … loops=1)`. */
const nodeLine =
  /^( *)(?:-> {2})?(\S[^\n]{0,400}?) {2}\(cost=(\d[\d.]{0,30})\.\.(\d[\d.]{0,30}) rows=(\d{1,20}) width=(\d{1,20})\)(?: \(actual (?:time=(\d[\d.]{0,30}?)\.\.(\d[\d.]{0,30}) )?rows=([\d.]{1,30}) loops=(\d{1,20})\)| \(never executed\))?$/;
const propertyLine = /^ +([A-Z][A-Za-z/() -]{1,60}): ([^\n]*)$/;
const queryAt = 'Query Text: '.length;
/** Lines are not looked at beyond. */
const lineChars = 4000;

/**
 * Reads a plan in the form text; undefined where it has no node. Where the query ends is found by reading it as SQL: what
 * looks like a plan within a literal of it is none. Parameters are left out.
 */
export function readTextPlan(text: string): LogPlan | undefined {
  const { queryEnd, planAt } = endOfQuery(text);
  if (planAt < 0) return undefined;
  const plan: LogPlan = { query: text.slice(queryAt, queryEnd), nodes: [] };
  let node: PlanNode | undefined;
  /** The indents of the nodes above. */
  const indents: number[] = [];
  for (const whole of text.slice(planAt).split('\n')) {
    const line = whole.slice(0, lineChars);
    const found = nodeLine.exec(line);
    if (found) {
      if (plan.nodes.length >= maxNodes) {
        plan.truncated = true;
        break;
      }
      const indent = found[1]?.length ?? 0;
      while (indents.length > 0 && indent <= (indents.at(-1) ?? 0)) indents.pop();
      node = nodeOf(found, indents.length);
      indents.push(indent);
      plan.nodes.push(node);
      continue;
    }
    const [, name, value] = propertyLine.exec(line) ?? [];
    if (!node || name === undefined || value === undefined) continue;
    if (node.properties.length >= maxProperties) plan.truncated = true;
    else node.properties.push({ name, value: value.slice(0, maxPropertyChars) });
  }
  return plan;
}

/** Where the query ends, and where the plan begins: behind the parameters, if there are any. */
function endOfQuery(text: string): { queryEnd: number; planAt: number } {
  const token = tokensOf(text, queryAt);
  let queryEnd = -1;
  while (token.next()) {
    if (token.kind !== 'space') continue;
    const within = text.slice(token.start, token.end).lastIndexOf('\n');
    if (within < 0) continue;
    const newline = token.start + within;
    const end = text.indexOf('\n', newline + 1);
    const line = text.slice(
      newline + 1,
      Math.min(end < 0 ? text.length : end, newline + lineChars),
    );
    if (queryEnd < 0 && line.startsWith('Query Parameters: ')) queryEnd = newline;
    if (nodeLine.test(line)) {
      return { queryEnd: queryEnd < 0 ? newline : queryEnd, planAt: newline + 1 };
    }
  }
  return { queryEnd, planAt: -1 };
}

function nodeOf(found: RegExpExecArray, depth: number): PlanNode {
  const number = (group: number): number | null => {
    const text = found[group];
    return text === undefined ? null : Number(text);
  };
  const [, type = '', using, on] =
    /^(.{1,100}?)(?: using (.{1,150}?))?(?: on (.{1,150}))?$/.exec(found[2] ?? '') ?? [];
  return {
    depth,
    type,
    relation: on ?? null,
    index: using ?? null,
    startup_cost: number(3),
    total_cost: number(4),
    plan_rows: number(5),
    plan_width: number(6),
    actual_startup_ms: number(7),
    actual_total_ms: number(8),
    actual_rows: number(9),
    actual_loops: number(10),
    properties: [],
  };
}
