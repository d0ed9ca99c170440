import stringWidth from 'string-width';

/** What a terminal shows. */
export interface Screen {
  readonly write: (text: string) => void;
  /** Other dimensions: what does not fit is cut off. */
  readonly resize: (columns: number, rows: number) => void;
  /** Its lines without blanks at their ends, and without empty lines below. */
  readonly text: () => string;
}

interface Page {
  /** One cell a column; a wide character leaves the next one empty. */
  lines: string[][];
  row: number;
  column: number;
}

/**
 * A terminal that understands what a table or a log needs: cursor to a place, erasing to the end of a line or of the screen,
 * the other screen, wrapping, scrolling. Colours and the cursor's look are left out. Anything else is an error.
 */
export function screen(columns: number, rows: number): Screen {
  const empty = (): Page => ({ lines: [], row: 0, column: 0 });
  const main = empty();
  let other: Page | null = null;
  let rest = '';
  const page = (): Page => other ?? main;
  const lineAt = (row: number): string[] => (page().lines[row] ??= []);
  const feed = (): void => {
    const at = page();
    if (at.row < rows - 1) at.row++;
    else at.lines.splice(0, 1);
  };
  const put = (char: string): void => {
    const at = page();
    const wide = stringWidth(char);
    if (wide === 0) return;
    if (at.column + wide > columns) {
      at.column = 0;
      feed();
    }
    const line = lineAt(at.row);
    while (line.length < at.column) line.push(' ');
    line[at.column] = char;
    if (wide === 2) line[at.column + 1] = '';
    at.column += wide;
  };
  const controls: Readonly<Record<string, (values: string) => void>> = {
    m: () => undefined,
    H: (values) => {
      const [row = 1, column = 1] = values.split(';').map((value) => Number(value) || 1);
      page().row = Math.min(row, rows) - 1;
      page().column = Math.min(column, columns) - 1;
    },
    K: () => void lineAt(page().row).splice(page().column),
    J: () => {
      lineAt(page().row).splice(page().column);
      page().lines.splice(page().row + 1);
    },
    h: (values) => {
      if (values === '?1049') other = empty();
    },
    l: (values) => {
      if (values === '?1049') other = null;
    },
  };
  return {
    write: (text) => {
      const parts = (rest + text).split(/(\u001b\[[?;\d]*[A-Za-z])/);
      const last = parts.pop() ?? '';
      // A sequence may come in two pieces.
      const cut = /\u001b(\[[?;\d]*)?$/.exec(last)?.index ?? last.length;
      rest = last.slice(cut);
      for (const part of [...parts, last.slice(0, cut)]) {
        const sequence = /^\u001b\[([?;\d]*)([A-Za-z])$/.exec(part);
        if (sequence) {
          const control = controls[sequence[2] ?? ''];
          if (!control) throw new Error(`the screen does not know ${JSON.stringify(part)}`);
          control(sequence[1] ?? '');
          continue;
        }
        for (const char of part) {
          if (char === '\n') feed();
          else if (char === '\r') page().column = 0;
          else if (char < ' ') throw new Error(`the screen does not know ${JSON.stringify(char)}`);
          else put(char);
        }
      }
    },
    resize: (wide, high) => {
      columns = wide;
      rows = high;
      for (const each of [main, ...(other ? [other] : [])]) {
        each.lines = each.lines.slice(-high).map((line) => line.slice(0, wide));
        each.row = Math.min(each.row, high - 1);
        each.column = Math.min(each.column, wide - 1);
      }
    },
    text: () =>
      Array.from({ length: rows }, (_, row) => lineAt(row))
        .map((line) => line.join('').trimEnd())
        .join('\n')
        .trimEnd(),
  };
}
