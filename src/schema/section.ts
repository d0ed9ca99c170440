import type { TProperties } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

/** Options of a configuration key beyond JSON Schema: they drive the documentation and the trust in pulled text. */
export interface KeyOptions {
  readonly description: string;
  /** Unit of a number, e.g. `s`, `bytes`. */
  readonly unit?: string;
  /** A pulled configuration may set it. */
  readonly remote?: boolean;
  /** The least value that a pulled configuration may set. */
  readonly remoteMinimum?: number;
  /** The greatest value that a pulled configuration may set. */
  readonly remoteMaximum?: number;
  /** A pulled configuration may only raise it above what is in force locally. */
  readonly remoteRaise?: boolean;
  /** Never echoed. */
  readonly secret?: boolean;
  /** A path of a file; relative ones are refused. */
  readonly path?: boolean;
  /** Takes effect at restart only. */
  readonly restart?: boolean;
  /** Values to show where there is no default. */
  readonly examples?: readonly unknown[];
}

/** What presets change of a section's defaults; `standard` is the defaults themselves. */
export type SectionPresets = Readonly<
  Partial<Record<'minimal' | 'full', Readonly<Record<string, boolean | number>>>>
>;

export interface IntervalOptions {
  /** Seconds. */
  readonly default: number;
  /** Least interval that the local file may set, in seconds. Default: 1. */
  readonly minimum?: number;
  /** Least interval that a pulled configuration may set, in seconds. Default: 1. */
  readonly remoteMinimum?: number;
  /** Greatest interval in seconds. Default: 86400, a day. */
  readonly maximum?: number;
  readonly description?: string;
}

/** An interval in seconds, 1 s to a day. Pulled configuration may change it, above a floor. */
export const interval = (options: IntervalOptions) =>
  Type.Number({
    description: options.description ?? 'time between two reads',
    unit: 's',
    default: options.default,
    minimum: options.minimum ?? 1,
    maximum: options.maximum ?? 86_400,
    remote: true,
    remoteMinimum: options.remoteMinimum ?? 1,
  });

/** The section of one metric type: `enabled`, `interval` and its own keys. */
export const section = <P extends TProperties>(
  description: string,
  options: IntervalOptions & { readonly enabled?: boolean },
  keys: P = {} as P,
) =>
  Type.Object(
    {
      enabled: Type.Boolean({
        description: 'whether this type is read',
        default: options.enabled ?? true,
        remote: true,
      }),
      interval: interval(options),
      ...keys,
    },
    { additionalProperties: false, description, default: {} },
  );
