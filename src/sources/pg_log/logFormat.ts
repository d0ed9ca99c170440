/** How the messages are written. */
export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog' | 'syslog';
