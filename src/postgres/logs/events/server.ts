import type { EventClass } from './eventClass.ts';

/** Start, stop, crash, recovery and configuration of the server. */
export const server: readonly EventClass[] = [
  { name: 'server_starting', begins: ['starting PostgreSQL '] },
  { name: 'listening', begins: ['listening on '] },
  { name: 'server_ready', begins: ['database system is ready to accept '] },
  {
    name: 'shutdown_requested',
    begins: [
      'received smart shutdown request',
      'received fast shutdown request',
      'received immediate shutdown request',
      'aborting any active transactions',
    ],
  },
  { name: 'server_stopping', begins: ['shutting down', 'database system is shut down'] },
  { name: 'server_was_shut_down', begins: ['database system was shut down '] },
  {
    name: 'server_was_interrupted',
    begins: ['database system was interrupted', 'database system was not properly shut down'],
  },
  {
    name: 'recovery',
    begins: [
      'redo starts at ',
      'redo done at ',
      'redo in progress',
      'redo is not required',
      'last completed transaction was at log time ',
      'entering standby mode',
      'starting archive recovery',
      'starting point-in-time recovery',
      'recovery stopping ',
      'pausing at the end of recovery',
      'starting backup recovery',
      'completed backup recovery',
      'resetting unlogged relations',
      'invalid record length at ',
    ],
  },
  { name: 'consistent_state', begins: ['consistent recovery state reached'] },
  {
    name: 'process_crashed',
    begins: [
      'server process (PID ',
      'client backend (PID ',
      'archiver process ',
      'checkpointer process ',
      'background writer process ',
      'WAL writer process ',
      'walwriter process ',
      'startup process ',
      'autovacuum launcher process ',
      'background worker ',
    ],
    pattern: /was terminated by|exited with exit code (?:[2-9]|\d\d)/,
  },
  {
    name: 'worker_exited',
    begins: ['background worker '],
    pattern: /exited with exit code [01]$/,
  },
  {
    name: 'crash_restart',
    begins: [
      'all server processes terminated; reinitializing',
      'terminating any other active server processes',
      'issuing SIGKILL to recalcitrant children',
      'abnormal database system shutdown',
    ],
  },
  {
    name: 'terminated_by_crash',
    sqlstates: ['57P02'],
    begins: ['terminating connection because of crash of another server process'],
  },
  {
    name: 'terminated_by_shutdown',
    begins: ['terminating connection due to unexpected postmaster exit'],
  },
  { name: 'reload', begins: ['received SIGHUP, reloading configuration files'] },
  {
    name: 'parameter_changed',
    begins: ['parameter '],
    pattern: /^parameter ".*" (?:changed to|removed from configuration file)/,
  },
  {
    name: 'parameter_needs_restart',
    sqlstates: ['55P02'],
    begins: ['parameter '],
    pattern: /cannot be changed without restarting/,
  },
  {
    name: 'configuration_error',
    sqlstates: ['F0000'],
    begins: [
      'configuration file ',
      'unrecognized configuration parameter ',
      'invalid value for parameter ',
      'syntax error in file ',
      'pg_hba.conf was not reloaded',
      'invalid authentication method',
      'invalid connection type',
      'could not load ',
    ],
  },
  {
    name: 'log_redirected',
    begins: ['redirecting log output to ', 'ending log output to ', 'could not open log file '],
  },
  {
    name: 'server_option',
    begins: [
      'could not bind ',
      'could not create lock file ',
      'could not create any TCP/IP sockets',
      'lock file ',
    ],
  },
  // What a program or a library wrote to the server's output: known by what it lacks, see LogKinds.
  { name: 'server_output' },
];
