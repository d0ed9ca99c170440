/**
 * The books of a state directory over all its runs, in metrics, as each header carries them. At every moment
 * `spooled = delivered + set_aside + dropped + unrecorded + what waits`.
 */
export interface Ledger {
  /** Ever made durable, the payload that carries this among them. */
  readonly spooled: number;
  readonly delivered: number;
  readonly set_aside: number;
  /** Evicted or damaged. */
  readonly dropped: number;
  /** Settled after the last header of a run: delivered, nearly always, but no header says so. */
  readonly unrecorded: number;
}

/** The ledger of an empty directory. */
export const emptyLedger: Ledger = {
  spooled: 0,
  delivered: 0,
  set_aside: 0,
  dropped: 0,
  unrecorded: 0,
};

/**
 * Goes on from the ledger of the newest header, given the metrics that wait. More than it knows of: payloads that were set
 * aside wait again.
 */
export function resumed(ledger: Ledger, waiting: number): Ledger {
  const known = ledger.delivered + ledger.set_aside + ledger.dropped + ledger.unrecorded;
  const settled = ledger.spooled - known - waiting;
  return settled < 0 ? takenBack(ledger, -settled) : booked(ledger, 'unrecorded', settled);
}

/** Metrics that were set aside wait again; what no header had told of that stood under `unrecorded`. */
export function takenBack(ledger: Ledger, metrics: number): Ledger {
  const known = Math.min(metrics, Math.max(0, ledger.set_aside));
  return booked(booked(ledger, 'set_aside', -known), 'unrecorded', known - metrics);
}

/** Books an amount. */
export const booked = (ledger: Ledger, account: keyof Ledger, metrics: number): Ledger => ({
  ...ledger,
  [account]: ledger[account] + metrics,
});
