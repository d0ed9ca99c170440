import type { Json } from '../../schema/json.ts';
import { type CutText, cutText } from '../cutText.ts';
import { rounded } from '../rounded.ts';
import type { ActivityWindow } from './activityWindow.ts';
import type { Session } from './session.ts';
import type { WaitGroup } from './waits.ts';

/** A session, and how long it has been doing what it does. */
export class Timed {
  readonly session: Session;
  readonly xactSeconds: number | null;
  readonly stateSeconds: number | null;

  constructor(session: Session, now: number) {
    const since = (moment: string | null): number | null =>
      moment === null ? null : rounded(Math.max(0, now - Date.parse(moment)) / 1000, 3);
    this.session = session;
    this.xactSeconds = since(session.xactStart);
    this.stateSeconds = since(session.stateChange);
  }
}

const whoOf = (session: Session, { query, query_truncated }: CutText) => ({
  pid: session.pid,
  application_name: session.application,
  client_addr: session.client,
  query,
  query_truncated,
});

const whereOf = (session: Session, { names }: ActivityWindow) => ({
  database: names.database(session.datid),
  user: names.role(session.usesysid),
  backend_type: session.backendType,
  state: session.state,
  wait_event_type: session.waitType,
  wait_event: session.waitEvent,
  query_id: session.queryId,
});

/** A row of `waits`. */
export function waitRow(
  { example, query, samples, most }: WaitGroup,
  window: ActivityWindow,
): Json {
  return Object.assign(whereOf(example, window), {
    samples,
    sessions_average: rounded(samples / window.waits.count, 3),
    sessions_most: most,
    example: whoOf(example, cutText(query, window)),
  });
}

/** A row of `long_transactions` and `idle_in_transaction`. */
export function transactionRow(
  { session, xactSeconds, stateSeconds }: Timed,
  window: ActivityWindow,
): Json {
  const text = cutText(window.texts.of(session), window);
  return Object.assign(whoOf(session, text), whereOf(session, window), {
    xact_start: session.xactStart,
    xact_seconds: xactSeconds,
    query_start: session.queryStart,
    state_change: session.stateChange,
    state_seconds: stateSeconds,
    xmin_age: session.xminAge,
  });
}
