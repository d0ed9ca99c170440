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
const MAX_AT_ONCE = 65_536;
const APART_MS = 20;

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
  /** Told where lines are missing: then nothing more comes. Default: while the reader is slow the oldest lines go. */
  readonly tooSlow?: (() => void) | undefined;
}

/**
 * A bounded ring before a socket. Never waits: what is too much for the reader is left out, and `skipped` says in its place
 * how many lines that were. One line alone is never too much.
 */
export function reader(socket: Socket, { skipped, tooSlow }: ReaderOptions): Reader {
  const most = tooSlow ? MAX_WHOLE_BYTES : MAX_WAITING_BYTES;
  let ring: LazyLine[] = [];
  let first = 0;
  let waiting = 0;
  let lost = 0;
  let ending = false;
  let timer: NodeJS.Timeout | undefined;
  let flushedAt = -Infinity;

  const shift = (): LazyLine | undefined => {
    const line = ring[first++];
    if (line) waiting -= line.bytes;
    if (first > 1_024 && first * 2 > ring.length) {
      ring = ring.slice(first);
      first = 0;
    }
    return line;
  };
  const clear = (): void => {
    ring = [];
    first = 0;
    waiting = 0;
  };
  const flush = (): void => {
    timer = undefined;
    flushedAt = performance.now();
    if (socket.destroyed || socket.writableNeedDrain) return;
    let text = lost > 0 ? `${skipped(lost)}\n` : '';
    lost = 0;
    while (first < ring.length && text.length < MAX_AT_ONCE) text += `${shift()?.text() ?? ''}\n`;
    if (text !== '') socket.write(text);
    if (first < ring.length) later();
    else if (ending) socket.end();
  };
  const later = (): void => {
    timer ??= setTimeout(flush, Math.max(0, flushedAt + APART_MS - performance.now()));
  };
  socket.on('drain', later);
  return {
    push: (line) => {
      if (ending) return;
      ring.push(line);
      waiting += line.bytes;
      while (waiting > most && ring.length - first > 1) {
        shift();
        lost++;
      }
      if (lost > 0 && tooSlow) {
        lost += ring.length - first;
        clear();
        ending = true;
        tooSlow();
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
