import { Observable } from 'rxjs';

/** A terminal that is drawn on as a whole. */
export interface Terminal {
  /** Draws the lines from the top, and nothing below them. */
  readonly draw: (lines: readonly string[]) => void;
  readonly size: () => { readonly width: number; readonly height: number };
  /** Each key as the terminal sends it; `resize` where the window changed. */
  readonly keys$: Observable<string>;
}

/**
 * Takes over the terminal on subscription (another screen, no cursor, keys one by one) and emits once; gives everything
 * back on unsubscription. Where stdin is no terminal there are no keys.
 */
export function openTerminal(
  stdout: NodeJS.WriteStream,
  stdin: NodeJS.ReadStream,
): Observable<Terminal> {
  return new Observable((subscriber) => {
    const restore = (): void => void stdout.write('\u001b[?25h\u001b[?1049l');
    stdout.write('\u001b[?1049h\u001b[?25l');
    process.on('exit', restore);
    const keys$ = new Observable<string>((keys) => {
      const onResize = (): void => keys.next('resize');
      const onData = (text: string): void => {
        for (const key of text.startsWith('\u001b[') ? [text] : text) keys.next(key);
      };
      stdout.on('resize', onResize);
      if (stdin.isTTY) {
        stdin.setRawMode(true).setEncoding('utf8');
        stdin.on('data', onData).resume();
      }
      return () => {
        stdout.off('resize', onResize);
        stdin.off('data', onData).pause();
        if (stdin.isTTY) stdin.setRawMode(false);
      };
    });
    subscriber.next({
      draw: (lines) => {
        // A terminal that is slow misses a picture, not the agent a beat.
        if (stdout.writableLength > 65_536) return;
        stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
      },
      size: () => ({ width: stdout.columns, height: stdout.rows }),
      keys$,
    });
    return () => {
      process.off('exit', restore);
      restore();
    };
  });
}
