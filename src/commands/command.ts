import type { RecordChoice } from './recordChoice.ts';
import type { TapChoice } from './tapChoice.ts';

/** What the command line asks for. `config`: path of the file. */
export type Command =
  | {
      readonly is: 'run';
      readonly config: string;
      readonly tap: TapChoice | null;
      readonly record?: RecordChoice;
    }
  /** `speed`: times as fast as it was; `Infinity`: at once. `deliver`: to the backend of this configuration; null: nowhere. */
  | {
      readonly is: 'replay';
      readonly file: string;
      readonly speed: number;
      readonly tap: TapChoice | null;
      readonly dryRun: boolean;
      readonly deliver: string | null;
    }
  /** Attached to the agent that runs. `forMs`: ends after this time; null: when it is asked to. */
  | {
      readonly is: 'record';
      readonly config: string;
      readonly record: RecordChoice;
      readonly forMs: number | null;
    }
  | { readonly is: 'tap'; readonly config: string; readonly tap: TapChoice }
  | { readonly is: 'once'; readonly config: string; readonly dryRun: boolean }
  | { readonly is: 'register'; readonly config: string; readonly force: boolean }
  | { readonly is: 'check'; readonly config: string }
  /** `wanted`: numbers, names or ids of payloads; null: all. */
  | {
      readonly is: 'dead';
      readonly config: string;
      readonly work: 'list' | 'retry' | 'drop';
      readonly wanted: readonly string[] | null;
      readonly json: boolean;
    }
  | { readonly is: 'status'; readonly config: string; readonly json: boolean }
  /** `file`: queries of another collector, in YAML. */
  | { readonly is: 'import'; readonly file: string }
  /** `--help`, `--version`: print the text and end well. */
  | { readonly is: 'print'; readonly text: string };
