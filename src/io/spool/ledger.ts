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

/** Goes on from the ledger of the newest header, given the metrics that wait. */
export function resumed(ledger: Ledger, waiting: number): Ledger {
  const known = ledger.delivered + ledger.set_aside + ledger.dropped + ledger.unrecorded;
  return { ...ledger, unrecorded: ledger.unrecorded + ledger.spooled - known - waiting };
}

/** Books an amount. */
export const booked = (ledger: Ledger, account: keyof Ledger, metrics: number): Ledger => ({
  ...ledger,
  [account]: ledger[account] + metrics,
});
