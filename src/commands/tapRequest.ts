import { Ajv, type ValidateFunction } from 'ajv';
import type { AsideName } from '../ports/spool.ts';
import { Selection } from '../tap/selection.ts';

/** What is asked of an agent through its socket. */
export type TapRequest =
  | { readonly is: 'tap'; readonly selection: Selection }
  /** `maxBytes`: the bound of the recording, for its header. */
  | { readonly is: 'record'; readonly maxBytes: number }
  /** See `Standing`. */
  | { readonly is: 'status' }
  /** What becomes of payloads that were set aside. */
  | ({ readonly is: 'aside' } & AsideOrder)
  /** Of another version. */
  | { readonly is: 'unknown' };

/** What an operator wants done with payloads that were set aside. */
export interface AsideOrder {
  readonly work: 'retry' | 'drop';
  readonly names: readonly AsideName[];
}

let fits: ValidateFunction<Selection> | undefined;

/** The text of a request to record. */
export const recordRequest = (maxBytes: number): string => JSON.stringify({ record: 1, maxBytes });

/** The text of a request for the `Standing`. */
export const statusRequest = JSON.stringify({ status: 1 });

/** The text of an order. */
export const asideRequest = (order: AsideOrder): string => JSON.stringify({ aside: 1, ...order });

/** Understands a request: a `Selection`, one to record, for the standing, or an order. */
export function tapRequest(text: string): TapRequest {
  try {
    const asked: unknown = JSON.parse(text);
    const { record, maxBytes, status, aside, work, names } = (asked ?? {}) as Asked;
    if (record === 1 && typeof maxBytes === 'number') return { is: 'record', maxBytes };
    if (status === 1) return { is: 'status' };
    if (aside === 1 && (work === 'retry' || work === 'drop') && isNames(names)) {
      return { is: 'aside', work, names };
    }
    // Compiled for the first tap: most agents never see one.
    fits ??= new Ajv({ strict: false, meta: false, validateSchema: false }).compile(Selection);
    return fits(asked) ? { is: 'tap', selection: asked } : { is: 'unknown' };
  } catch {
    return { is: 'unknown' };
  }
}

type Asked = Partial<
  Record<'record' | 'maxBytes' | 'status' | 'aside' | 'work' | 'names', unknown>
>;

const isNames = (value: unknown): value is AsideName[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
