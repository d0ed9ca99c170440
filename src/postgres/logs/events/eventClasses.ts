import type { EventClass } from './eventClass.ts';
import { authentication } from './authentication.ts';
import { checkpoints } from './checkpoints.ts';
import { connections } from './connections.ts';
import { constraints } from './constraints.ts';
import { files } from './files.ts';
import { locks } from './locks.ts';
import { queries } from './queries.ts';
import { replication } from './replication.ts';
import { server } from './server.ts';
import { statements } from './statements.ts';
import { transactions } from './transactions.ts';
import { vacuum } from './vacuum.ts';
import { values } from './values.ts';

/**
 * All classes of messages. Where texts of two begin alike, the first that fits counts.
 */
export const eventClasses: readonly EventClass[] = [
  ...connections,
  ...authentication,
  ...statements,
  ...locks,
  ...constraints,
  ...queries,
  ...values,
  ...transactions,
  ...checkpoints,
  ...vacuum,
  ...files,
  ...replication,
  ...server,
];
