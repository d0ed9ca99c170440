import type { Level } from '../level.ts';

/** A kind of message. */
export interface EventClass {
  readonly name: string;
  /** SQLSTATEs that say it by themselves, in any language. */
  readonly sqlstates?: readonly string[];
  /** How its messages begin in English; after the first word text may differ, so that a pattern says more. */
  readonly begins?: readonly string[];
  /** What a message that begins so must also fit. Linear; sees the first line alone, at most 1000 characters. */
  readonly pattern?: RegExp;
  /** Levels at which the message means this. Default: all. */
  readonly levels?: readonly Level[];
}
