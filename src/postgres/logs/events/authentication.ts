import type { EventClass } from './eventClass.ts';

/** Who was not let in. */
export const authentication: readonly EventClass[] = [
  {
    name: 'password_failed',
    sqlstates: ['28P01'],
    begins: ['password authentication failed for user '],
  },
  { name: 'no_hba_entry', begins: ['no pg_hba.conf entry for '] },
  { name: 'hba_rejected', begins: ['pg_hba.conf rejects '] },
  { name: 'role_missing', begins: ['role '], pattern: /^role ".*" does not exist$/ },
  {
    name: 'role_may_not_log_in',
    begins: ['role '],
    pattern: /^role ".*" is not permitted to log in$/,
  },
  {
    name: 'database_missing',
    sqlstates: ['3D000'],
    begins: ['database '],
    pattern: /^database ".*" does not exist$/,
  },
  {
    name: 'connection_not_allowed',
    begins: ['permission denied for database ', 'database '],
    pattern: /^permission denied for database |is not currently accepting connections$/,
  },
  { name: 'authentication_timeout', begins: ['canceling authentication due to timeout'] },
  {
    name: 'authentication_failed',
    sqlstates: ['28000'],
    begins: [
      'peer authentication failed',
      'Peer authentication failed',
      'Ident authentication failed',
      'certificate authentication failed',
      'LDAP authentication failed',
      'GSSAPI authentication failed',
      'RADIUS authentication failed',
      'PAM authentication failed',
      'BSD authentication failed',
      'could not translate host name',
      'provided user name',
    ],
  },
];
