import { redact } from '../redact.ts';

/** A plan in JSON, as auto_explain writes it. */
type Plan = string | number | boolean | null | readonly Plan[] | { readonly [key: string]: Plan };

/** What holds values as parameters were given. */
const parameters = 'Query Parameters';

/**
 * A plan of auto_explain without literals: in each form (`auto_explain.log_format`) conditions and the query hold them.
 *
 * In JSON each text is redacted by itself, as to SQL a text of JSON is a quoted name; what is no whole JSON is hidden.
 * XML and YAML are hidden, as their own quoting would mislead.
 */
export function redactPlan(text: string): string {
  const form = text.trimStart();
  if (form.startsWith('{')) {
    try {
      return JSON.stringify(redactJson(JSON.parse(form) as Plan), null, 2);
    } catch {
      return '?';
    }
  }
  if (form.startsWith('<') || form.startsWith('Query Text: "')) return '?';
  return form
    .split(/\n(?=Query Parameters: )/)
    .map((part) => (part.startsWith(`${parameters}: `) ? redactParameters(part) : redactText(part)))
    .join('\n');
}

/** `Query Parameters: $1 = 'x'`, which may go on in further lines; the plan begins at the next with a cost. */
function redactParameters(part: string): string {
  const plan = /\n(?=[^\n]{1,1000} {2}\(cost=)/.exec(part);
  return `${parameters}: ?${plan ? redactText(part.slice(plan.index)) : ''}`;
}

/** The figures of a node: digits and known words alone. */
const figures =
  /\((?:cost=[\d.]{1,40} rows=\d{1,20} width=\d{1,20}|actual (?:time=[\d.]{1,40} )?rows=[\d.]{1,20} loops=\d{1,20})\)/g;

/** Redacts the text as a whole, as a literal may go on in the next line; figures stay, as a word stands for them. */
function redactText(plan: string): string {
  const found: string[] = [];
  const marked = plan.replace(figures, (text) => `(plan_figures_${found.push(text) - 1})`);
  return redact(marked).replace(
    /\(plan_figures_(\d{1,9})\)/g,
    (text, index: string) => found[Number(index)] ?? text,
  );
}

function redactJson(value: Plan): Plan {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Plan) => redactJson(item));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === parameters ? '?' : redactJson(inner),
    ]),
  );
}
