/** A run is over after this long, in ms, or after half its interval. */
const RUN_MS = 120_000;

interface Runs {
  startedAt: number;
  /** Of the run that goes on, in ms. */
  ms: number;
  /** What a run costs, in ms; null before the first is over. */
  usual: number | null;
}

/**
 * What one run of each rhythm usually costs: the statements of one due read together, the newest run as much as all
 * before it, so that one slow moment is soon forgotten.
 */
export class RunCosts {
  readonly #runs = new Map<string, Runs>();

  add(rhythm: string, ms: number, intervalS: number, now: number): void {
    const runs = this.#runs.get(rhythm);
    if (!runs) {
      this.#runs.set(rhythm, { startedAt: now, ms, usual: null });
      return;
    }
    if (isOver(runs, intervalS, now)) {
      close(runs);
      runs.startedAt = now;
    }
    runs.ms += ms;
  }

  /** In ms; 0 where it never ran. */
  of(rhythm: string, intervalS: number, now: number): number {
    const runs = this.#runs.get(rhythm);
    if (!runs) return 0;
    if (isOver(runs, intervalS, now)) close(runs);
    return runs.usual ?? runs.ms;
  }
}

const isOver = ({ startedAt }: Runs, intervalS: number, now: number): boolean =>
  now - startedAt >= Math.min(RUN_MS, intervalS * 500) || now < startedAt;

function close(runs: Runs): void {
  // Looked at twice, a run counts once.
  if (runs.ms === 0) return;
  runs.usual = runs.usual === null ? runs.ms : (runs.usual + runs.ms) / 2;
  runs.ms = 0;
}
