import type { Session } from '../../../src/sources/pg_activity/session.ts';

/** A session of a client that runs a statement, with what a test sets. */
export const aSession = (set: Partial<Session> = {}): Session => ({
  kind: 'session',
  name: null,
  pid: 1,
  datid: '5',
  usesysid: '10',
  state: 'active',
  waitType: null,
  waitEvent: null,
  queryId: '42',
  backendType: 'client backend',
  application: 'shop',
  client: null,
  own: false,
  query: null,
  backendStart: null,
  xactStart: null,
  queryStart: null,
  stateChange: null,
  xminAge: null,
  readAt: null,
  ...set,
});
