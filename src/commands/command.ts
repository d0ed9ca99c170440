/** Which metrics a tail shows, and how. */
export interface TapChoice {
  /** Patterns of types or units (`*`, `?`); none: everything. */
  readonly globs: readonly string[];
  readonly format: 'pretty' | 'ndjson';
}

/** What the command line asks for. `config`: path of the file. */
export type Command =
  | { readonly is: 'run'; readonly config: string; readonly tap: TapChoice | null }
  | { readonly is: 'tap'; readonly config: string; readonly tap: TapChoice }
  | { readonly is: 'once'; readonly config: string; readonly dryRun: boolean }
  | { readonly is: 'register'; readonly config: string; readonly force: boolean }
  | { readonly is: 'check'; readonly config: string }
  /** `--help`, `--version`: print the text and end well. */
  | { readonly is: 'print'; readonly text: string };
