import stringWidth from 'string-width';

const INDENT = '    ';

/** A text in lines of at most `width` columns, broken at blanks; those that go on are indented. Longer words stay whole. */
export const wrapped = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => broken(line, width))
    .join('\n');

function broken(line: string, width: number): string[] {
  if (stringWidth(line) <= width) return [line];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S) /)) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (current === '' || stringWidth(joined) <= width) current = joined;
    else {
      lines.push(current);
      current = INDENT + word;
    }
  }
  return [...lines, current];
}
