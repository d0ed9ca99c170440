/** Names and indexes from the root of a configuration: `['postgres', 0, 'port']`. */
export type Path = readonly (string | number)[];

/** One thing that is wrong in a configuration. Holds no value of it: values may be secret. */
export interface Problem {
  readonly path: Path;
  /** What to point at. */
  readonly at: 'key' | 'value';
  /** What was expected, e.g. `expected a number from 1 to 240 (s)`. */
  readonly message: string;
}

/** The path as people write it: `postgres[0].port`. */
export const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  );
