import type { Socket } from 'node:net';

/** A line for a reader: written out only when its turn comes, so that what is skipped costs next to nothing. */
export interface LazyLine {
  /** About how long it will be. */
  readonly bytes: number;
  readonly text: () => string;
}

/** What may wait for a slow reader. */
const MAX_WAITING_BYTES = 1_048_576;
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

/**
 * A bounded ring before a socket. Never waits: while the reader is slow the oldest lines go, and `skipped` says how many,
 * in their place.
 */
export function reader(socket: Socket, skipped: (count: number) => string): Reader {
  let ring: LazyLine[] = [];
  let first = 0;
  let waiting = 0;
  let lost = 0;
  let ending = false;
  let timer: NodeJS.Timeout | undefined;

  const shift = (): LazyLine | undefined => {
    const line = ring[first++];
    if (line) waiting -= line.bytes;
    if (first > 1_024 && first * 2 > ring.length) {
      ring = ring.slice(first);
      first = 0;
    }
    return line;
  };
  const flush = (): void => {
    timer = undefined;
    if (socket.destroyed || socket.writableNeedDrain) return;
    let text = lost > 0 ? `${skipped(lost)}\n` : '';
    lost = 0;
    while (first < ring.length && text.length < MAX_AT_ONCE) text += `${shift()?.text() ?? ''}\n`;
    if (text !== '') socket.write(text);
    if (first < ring.length) later();
    else if (ending) socket.end();
  };
  const later = (): void => {
    timer ??= setTimeout(flush, APART_MS);
  };
  socket.on('drain', later);
  return {
    push: (line) => {
      ring.push(line);
      waiting += line.bytes;
      while (waiting > MAX_WAITING_BYTES) {
        shift();
        lost++;
      }
      later();
    },
    end: () => {
      ending = true;
      flush();
    },
    close: () => {
      clearTimeout(timer);
      ring = [];
      first = 0;
    },
  };
}
