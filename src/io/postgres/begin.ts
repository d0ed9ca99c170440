import type { Query } from '../../ports/server.ts';
import { refuseOther } from './refuseOther.ts';
import type { Session } from './session.ts';
import { beginStatement } from './sessionSettings.ts';

/** Begins the transaction of a query. Behind a pooler it asks which server this one is on; rejects with `OtherServerError`. */
export async function begin(session: Session, query: Query): Promise<void> {
  const { pooler, link } = session;
  const asksStart = pooler && !!query.start;
  const text = beginStatement(pooler, query.timeoutMs, query.settings, asksStart);
  const told: unknown = await link.client.query(text);
  if (!asksStart) return;
  const [, set] = told as readonly { readonly rows: readonly { readonly start: string }[] }[];
  session.start = set?.rows[0]?.start ?? null;
  refuseOther(session, query);
}
