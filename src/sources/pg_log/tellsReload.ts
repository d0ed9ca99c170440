import type { Assembled } from '../../postgres/logs/assembly.ts';
import type { LogHead } from '../../postgres/logs/logHead.ts';

const isReload = ({ event }: LogHead): boolean =>
  event === 'reload' || event === 'parameter_changed';

/** Whether a message tells that the server has read its configuration anew, or one of several that are counted does. */
export const tellsReload = (message: Assembled): boolean =>
  message.entry === null
    ? message.counts.some(({ head }) => isReload(head))
    : isReload(message.head);
