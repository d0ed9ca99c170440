/** What the process tells the shell when it ends. */
export const exitCodes = {
  /** Everything was done; a first SIGTERM or SIGINT counts as that. */
  ok: 0,
  /** The command failed, or `check` found a problem. */
  failure: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The configuration cannot be used (`EX_CONFIG` of sysexits.h): starting again will not help. */
  configuration: 78,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Each exit code in words, for `--help` and the documentation. */
export const exitCodeMeanings: readonly (readonly [code: string, meaning: string])[] = [
  [String(exitCodes.ok), 'done; also after a first SIGTERM or SIGINT'],
  [String(exitCodes.failure), 'the command failed, or `check` found a problem'],
  [String(exitCodes.usage), 'the command line cannot be understood'],
  [String(exitCodes.configuration), 'the configuration cannot be used; every error is listed'],
  ['128 + n', 'ended by signal n: a second SIGTERM or SIGINT aborts'],
  [
    '137',
    'ended itself by SIGKILL, asked to end while a file or a name hung: nothing spooled is lost',
  ],
];
