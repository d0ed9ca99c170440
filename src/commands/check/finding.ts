/** One thing that `check` found. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  /** What it is about: `configuration`, `postgres main`, `backend`, `certificates`, `identity`. */
  readonly about: string;
  readonly message: string;
  /** Lines that can be pasted into psql or a shell. */
  readonly remedy?: string;
}

/** Findings about one thing. */
export const findingsAbout = (about: string) => ({
  ok: (message: string): Finding => ({ level: 'ok', about, message }),
  warning: (message: string, remedy?: string): Finding => ({
    level: 'warning',
    about,
    message,
    ...(remedy !== undefined && { remedy }),
  }),
  problem: (message: string, remedy?: string): Finding => ({
    level: 'problem',
    about,
    message,
    ...(remedy !== undefined && { remedy }),
  }),
});

/** A name as SQL takes it, always quoted: `"My Role"`. */
export const sqlName = (name: string): string => `"${name.replace(/"/g, '""')}"`;

/** A word as a POSIX shell takes it; quoted where it must be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
