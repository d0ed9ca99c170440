import type { Assembled } from '../../postgres/logs/assembly.ts';

const reloads: ReadonlySet<string | undefined> = new Set(['reload', 'parameter_changed']);

/** Whether a message tells that the server has read its configuration anew, or one of several that are counted does. */
export const tellsReload = (message: Assembled): boolean =>
  message.entry === null
    ? message.counts.some(({ head }) => reloads.has(head.event))
    : reloads.has(message.head.event);
