/** A run is over after this long, in ms, or after half its interval. */
const RUN_MS = 120_000;
/** How long back runs count, in ms; of those further apart the newest counts as much as all before it. */
const MEMORY_MS = 120_000;

interface Runs {
  startedAt: number;
  /** Of the run that goes on, in ms. */
  ms: number;
  /** How many are over. */
  count: number;
  /** What a run costs, in ms; null before the first is over. */
  usual: number | null;
}

/**
 * What one run of each rhythm usually costs: the statements of one due read together. A mean at first, then one in which
 * runs fade: one slow moment of what runs each second changes little, and is soon forgotten of what runs seldom.
 */
export class RunCosts {
  readonly #runs = new Map<string, Runs>();

  add(rhythm: string, ms: number, intervalS: number, now: number): void {
    const runs = this.#runs.get(rhythm);
    if (!runs) {
      this.#runs.set(rhythm, { startedAt: now, ms, count: 0, usual: null });
      return;
    }
    if (isOver(runs, intervalS, now)) {
      close(runs, now);
      runs.startedAt = now;
    }
    runs.ms += ms;
  }

  /** In ms; 0 where it never ran. */
  of(rhythm: string, intervalS: number, now: number): number {
    const runs = this.#runs.get(rhythm);
    if (!runs) return 0;
    if (isOver(runs, intervalS, now)) close(runs, now);
    return runs.usual ?? runs.ms;
  }
}

const isOver = ({ startedAt }: Runs, intervalS: number, now: number): boolean =>
  now - startedAt >= Math.min(RUN_MS, intervalS * 500) || now < startedAt;

function close(runs: Runs, now: number): void {
  // Looked at twice, a run counts once.
  if (runs.ms === 0) return;
  runs.count++;
  const apart = Math.min(0.5, Math.max(0, now - runs.startedAt) / MEMORY_MS);
  runs.usual = (runs.usual ?? 0) + (runs.ms - (runs.usual ?? 0)) * Math.max(apart, 1 / runs.count);
  runs.ms = 0;
}
