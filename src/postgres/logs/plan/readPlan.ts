import type { LogPlan } from './logPlan.ts';
import { readJsonPlan } from './readJsonPlan.ts';
import { readTextPlan } from './readTextPlan.ts';

/**
 * Reads the plan that auto_explain wrote behind `duration: … ms  plan:`, in the forms text and JSON
 * (`auto_explain.log_format`); undefined where it is none, cut off, or XML or YAML.
 */
export function readPlan(message: string): LogPlan | undefined {
  const at = message.indexOf('plan:');
  const text = at < 0 ? '' : message.slice(at + 5).trim();
  if (text.startsWith('{')) return readJsonPlan(text);
  return text.startsWith('Query Text: ') && !text.startsWith('Query Text: "')
    ? readTextPlan(text)
    : undefined;
}
