/**
 * One column that tells one start of a server from every other, and from other servers: `180004 1764000000.123456`, its
 * version and `pg_postmaster_start_time()`. What was found out before a restart, an upgrade or a failover is of another one.
 */
export const serverStart = `current_setting('server_version_num') || ' ' || extract(epoch FROM pg_postmaster_start_time())`;
