/** Lets one at a time pass, in the order of asking. */
export interface Turns {
  /** Resolves with the release when it is this one's turn; rejects where `signal` aborts while it waits. */
  readonly take: (signal: AbortSignal) => Promise<() => void>;
}

/** A queue for something that only one may use at a time. */
export function turns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;
  const next = (): void => {
    const first = waiting.shift();
    if (first) first();
    else taken = false;
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
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        if (!taken) {
          taken = true;
          resolve(release());
          return;
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(signal.reason as Error);
        };
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(release());
        };
        waiting.push(enter);
        signal.addEventListener('abort', leave, { once: true });
      }),
  };
}
