/** Lets one at a time pass, in the order of asking; those with a preferred key first. */
export interface Turns {
  /**
   * Resolves with the release when it is this one's turn; rejects where `signal` aborts while it waits.
   *
   * @param key - What it is for.
   */
  readonly take: (signal: AbortSignal, key?: string) => Promise<() => void>;
}

export interface TurnsOptions {
  /** Whether what is for `key` goes before what is not. It must not hold for long: others wait meanwhile. Default: never. */
  readonly prefers?: (key: string) => boolean;
  /** How long, in ms, the turn is kept for one that is preferred while only others wait. Default: 0. */
  readonly keptFor?: () => number;
}

interface Waiting {
  readonly key: string;
  readonly enter: () => void;
}

/**
 * A queue for something that only one may use at a time.
 *
 *     asked     a1 b1 --a2          prefers a, kept for 3
 *     turns     a1------a2---b1     a1 ends at once; a2 came before 3 were over
 */
export function turns({ prefers = () => false, keptFor = () => 0 }: TurnsOptions = {}): Turns {
  const waiting: Waiting[] = [];
  let taken = false;
  let kept: NodeJS.Timeout | undefined;

  const letIn = (index: number): void => {
    waiting.splice(index, 1)[0]?.enter();
  };
  const next = (): void => {
    clearTimeout(kept);
    kept = undefined;
    taken = waiting.length > 0;
    const preferred = waiting.findIndex(({ key }) => prefers(key));
    if (preferred >= 0) letIn(preferred);
    if (!taken || preferred >= 0) return;
    const ms = keptFor();
    if (ms <= 0) {
      letIn(0);
      return;
    }
    kept = setTimeout(() => {
      kept = undefined;
      letIn(0);
    }, ms);
  };
  const release = (): (() => void) => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      next();
    };
  };
  return {
    take: (signal, key = '') =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(signal.reason as Error);
          if (kept && waiting.length === 0) next();
        };
        const mine: Waiting = {
          key,
          enter: () => {
            signal.removeEventListener('abort', leave);
            resolve(release());
          },
        };
        waiting.push(mine);
        signal.addEventListener('abort', leave, { once: true });
        if (!taken || (kept && prefers(key))) next();
      }),
  };
}
