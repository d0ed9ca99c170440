import stringWidth from 'string-width';

export interface GridOptions {
  /** Columns of the terminal that may be used. */
  readonly width: number;
  /** Most lines. */
  readonly lines: number;
}

const GAP = 3;
const MOST_COLUMNS = 8;

/** Cells below each other, line by line, in as many columns as fit; those beyond the last line are not shown. */
export function grid(
  cells: readonly string[],
  { width, lines }: GridOptions,
): { readonly lines: string[]; readonly shown: number } {
  const widths = cells.map((cell) => stringWidth(cell));
  for (let columns = Math.min(MOST_COLUMNS, cells.length); columns > 0; columns--) {
    const shown = Math.min(cells.length, columns * lines);
    const wide = Array.from({ length: columns }, (_, column) =>
      Math.max(...widths.slice(0, shown).filter((__, index) => index % columns === column)),
    );
    if (columns > 1 && wide.reduce((sum, each) => sum + each + GAP, -GAP) > width) continue;
    const drawn: string[] = [];
    for (let first = 0; first < shown; first += columns) {
      const line = cells
        .slice(first, Math.min(first + columns, shown))
        .map(
          (cell, column) => cell + ' '.repeat((wide[column] ?? 0) - (widths[first + column] ?? 0)),
        )
        .join(' '.repeat(GAP));
      drawn.push(line.trimEnd());
    }
    return { lines: drawn, shown };
  }
  return { lines: [], shown: 0 };
}
