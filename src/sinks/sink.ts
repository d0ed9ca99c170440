import type { Observable } from 'rxjs';
import type { Payload } from '../schema/payload.ts';
import type { Receipt } from '../schema/receipt.ts';

/**
 * One attempt to deliver one payload: one receipt, then completion; never an error. Unsubscribing aborts.
 *
 * Waiting, splitting and setting aside belong to `streams/deliver.ts`. `attempt` counts from 1.
 */
export type Sink = (payload: Payload, attempt: number) => Observable<Receipt>;
