import { map } from 'rxjs';
import { polled } from '../polled.ts';
import { hostSource } from '../source.ts';
import { HostInventory, hostFields, inventorySettings } from './inventory.ts';

const TIMEOUT_MS = 10_000;

/**
 * Type `host_inventory`, the host's part: at the start and daily, whether servers are configured, and up, or not.
 *
 * `serverInventory` is the other part of the type: it repeats these fields beside those of one server, so that each metric
 * can be read by itself.
 */
export const hostInventory = hostSource({
  type: 'host_inventory',
  scope: 'host',
  settings: inventorySettings,
  metrics: [HostInventory],
  read: (context) =>
    polled(context, { timeoutMs: TIMEOUT_MS }, () =>
      context.host.facts().pipe(map((facts) => hostFields(facts, context.hostname))),
    ),
});
