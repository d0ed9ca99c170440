import type { LogEntry } from '../../postgres/logs/entry.ts';
import type { EntryFields } from '../../postgres/logs/entryFields.ts';
import { eventFields } from '../../postgres/logs/events/eventFields.ts';
import { readPlan } from '../../postgres/logs/plan/readPlan.ts';

/**
 * Adds to an entry what its texts tell, as fields; a plan that was read leaves the message.
 *
 * @param known - What its first words told when its kind was read.
 */
export function describeEntry(entry: LogEntry, known: EntryFields | undefined): void {
  if (entry.event === 'plan') {
    const plan = readPlan(entry.message);
    if (plan === undefined) return;
    entry.plan = plan;
    entry.message = entry.message.slice(0, entry.message.indexOf('plan:') + 5);
    return;
  }
  const fields = known ?? eventFields(entry);
  if (fields !== undefined) entry.fields = fields;
}
