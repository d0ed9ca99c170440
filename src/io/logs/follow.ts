import { drainFile } from './drainFile.ts';
import type { FollowOptions } from './followOptions.ts';

/** Follows log files until nobody listens or all is read that will come: drains one, then goes on with the next newer one. */
export async function follow(options: FollowOptions): Promise<void> {
  const { queue, mark, ended, finishing, pause } = options;
  let turn = await queue.first(mark);
  while (turn === undefined && !ended() && !finishing()) {
    await pause();
    turn = await queue.first(mark);
    // It was not there before: all of it is new.
    if (turn && !mark) turn = { ...turn, offset: 0 };
  }
  let tell = mark === undefined; // whether the place is to be told to the one who listens
  while (turn && !ended()) {
    const { log } = turn;
    try {
      turn = await drainFile(options, turn, tell);
      tell = false;
    } finally {
      await log.close();
    }
  }
  if (turn) await turn.log.close();
}
