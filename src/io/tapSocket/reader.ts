import type { Socket } from 'node:net';

/** A line for a reader: written out only when its turn comes, so that what is skipped costs next to nothing. */
export interface LazyLine {
  /** About how long it will be. */
  readonly bytes: number;
  readonly text: () => string;
}

/** What may wait for a slow reader; where all must arrive, or nothing. */
const MAX_WAITING_BYTES = 1_048_576;
const MAX_WHOLE_BYTES = 8_388_608;
/** So much is written at once, this far apart: a flood costs the agent no more than that. */
const MAX_AT_ONCE = 32_768;
const MAX_WHOLE_AT_ONCE = 65_536;
const APART_MS = 40;

/** The way to one reader. */
export interface Reader {
  readonly push: (line: LazyLine) => void;
  /** Ends the connection behind what waits. */
  readonly end: () => void;
  readonly close: () => void;
}

export interface ReaderOptions {
  /** The line that stands for so many lines that are missing. */
  readonly skipped: (count: number) => string;
  /** Told where lines are missing: then nothing more comes. Default: lines go until there is room again. */
  readonly tooSlow?: (() => void) | undefined;
}

/**
 * A bounded queue before a socket. Never waits: what comes while too much waits is left out, and `skipped` says in its place
 * how many lines that were. They are not kept even for a moment: what is replaced again and again while it waits costs the
 * agent more than all else of a tap, since the collector of garbage takes it for long-lived. One line alone is never too much.
 */
export function reader(socket: Socket, { skipped, tooSlow }: ReaderOptions): Reader {
  const most = tooSlow ? MAX_WHOLE_BYTES : MAX_WAITING_BYTES;
  const atOnce = tooSlow ? MAX_WHOLE_AT_ONCE : MAX_AT_ONCE;
  let queue: (LazyLine | undefined)[] = [];
  let first = 0;
  let waiting = 0;
  /** Lines that are missing behind the last one of the queue. */
  let gap: { count: number } | undefined;
  let ending = false;
  let timer: NodeJS.Timeout | undefined;
  let flushedAt = -Infinity;

  const shift = (): LazyLine | undefined => {
    const line = queue[first];
    // The place stays until the queue is cut; what stood there must not.
    queue[first++] = undefined;
    if (line) waiting -= line.bytes;
    if (first > 1_024 && first * 2 > queue.length) {
      queue = queue.slice(first);
      first = 0;
    }
    return line;
  };
  const clear = (): void => {
    queue = [];
    first = 0;
    waiting = 0;
  };
  const flush = (): void => {
    timer = undefined;
    flushedAt = performance.now();
    if (socket.destroyed || socket.writableNeedDrain) return;
    let text = '';
    while (first < queue.length && text.length < atOnce) text += `${shift()?.text() ?? ''}\n`;
    // What is told of a gap cannot grow any more.
    if (first === queue.length) gap = undefined;
    if (text !== '') socket.write(text);
    if (first < queue.length) later();
    else if (ending) socket.end();
  };
  const later = (): void => {
    timer ??= setTimeout(flush, Math.max(0, flushedAt + APART_MS - performance.now()));
  };
  const skip = (): void => {
    if (gap) {
      gap.count++;
      return;
    }
    const mine = { count: 1 };
    gap = mine;
    queue.push({ bytes: 0, text: () => skipped(mine.count) });
  };
  socket.on('drain', later);
  return {
    push: (line) => {
      if (ending) return;
      if (line.bytes > 0 && waiting > 0 && waiting + line.bytes > most) {
        skip();
        if (tooSlow) {
          ending = true;
          tooSlow();
        }
      } else {
        gap = undefined;
        queue.push(line);
        waiting += line.bytes;
      }
      later();
    },
    end: () => {
      ending = true;
      flush();
    },
    close: () => {
      clearTimeout(timer);
      clear();
    },
  };
}
