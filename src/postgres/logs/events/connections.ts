import type { EventClass } from './eventClass.ts';

/** Sessions that come and go, and what ends them. */
export const connections: readonly EventClass[] = [
  { name: 'connection_received', begins: ['connection received: '] },
  { name: 'connection_authenticated', begins: ['connection authenticated: '] },
  {
    name: 'connection_authorized',
    begins: ['connection authorized: ', 'replication connection authorized: '],
  },
  { name: 'connection_ready', begins: ['connection ready: '] },
  { name: 'disconnection', begins: ['disconnection: '] },
  {
    name: 'connection_lost',
    sqlstates: ['08006', '08003'],
    begins: [
      'could not receive data from client',
      'could not send data to client',
      'unexpected EOF on client connection',
      'connection to client lost',
    ],
  },
  {
    name: 'tls_failed',
    begins: ['could not accept SSL connection', 'could not initialize SSL connection'],
  },
  {
    name: 'too_many_connections',
    sqlstates: ['53300'],
    begins: [
      'sorry, too many clients already',
      'remaining connection slots are reserved',
      'too many connections for ',
    ],
  },
  { name: 'not_accepting_connections', sqlstates: ['57P03'], begins: ['the database system is '] },
  {
    name: 'protocol_violation',
    sqlstates: ['08P01'],
    begins: [
      'invalid length of startup packet',
      'incomplete startup packet',
      'unsupported frontend protocol',
      'invalid frontend message',
    ],
  },
  {
    name: 'idle_session_timeout',
    sqlstates: ['57P05'],
    begins: ['terminating connection due to idle-session timeout'],
  },
  {
    name: 'idle_in_transaction_timeout',
    sqlstates: ['25P03'],
    begins: ['terminating connection due to idle-in-transaction timeout'],
  },
  {
    name: 'transaction_timeout',
    sqlstates: ['25P04'],
    begins: ['terminating connection due to transaction timeout'],
  },
  {
    name: 'terminated_by_administrator',
    sqlstates: ['57P01'],
    begins: [
      'terminating connection due to administrator command',
      'terminating background worker ',
    ],
  },
];
