import { Ajv, type ValidateFunction } from 'ajv';
import { Selection } from '../tap/selection.ts';

/** What is asked of an agent through its socket. */
export type TapRequest =
  | { readonly is: 'tap'; readonly selection: Selection }
  /** `maxBytes`: the bound of the recording, for its header. */
  | { readonly is: 'record'; readonly maxBytes: number }
  /** Of another version. */
  | { readonly is: 'unknown' };

let fits: ValidateFunction<Selection> | undefined;

/** The text of a request to record. */
export const recordRequest = (maxBytes: number): string => JSON.stringify({ record: 1, maxBytes });

/** Understands a request: a `Selection`, or one to record. */
export function tapRequest(text: string): TapRequest {
  try {
    const asked: unknown = JSON.parse(text);
    const { record, maxBytes } = (asked ?? {}) as { record?: unknown; maxBytes?: unknown };
    if (record === 1 && typeof maxBytes === 'number') return { is: 'record', maxBytes };
    // Compiled for the first tap: most agents never see one.
    fits ??= new Ajv({ strict: false, meta: false, validateSchema: false }).compile(Selection);
    return fits(asked) ? { is: 'tap', selection: asked } : { is: 'unknown' };
  } catch {
    return { is: 'unknown' };
  }
}
