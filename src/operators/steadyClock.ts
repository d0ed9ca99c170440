import { type SchedulerLike, asyncScheduler } from 'rxjs';

/**
 * A clock for durations: the ms since it was made, as the wall clock tells them, which never go back. Where the wall
 * clock was set back between two looks, no time has passed between them; where it was set forward, that time has.
 *
 *     wall clock   5---6---7---2---3---4      set back by 5 h
 *     result       0---1---2---2---3---4
 *
 * What waits for it is late by the time between two looks at most, whatever the wall clock does.
 */
export function steadyClock(scheduler: SchedulerLike = asyncScheduler): () => number {
  let last = scheduler.now();
  let passedMs = 0;
  return () => {
    const now = scheduler.now();
    passedMs += Math.max(0, now - last);
    last = now;
    return passedMs;
  };
}
