import { printable } from '../../schema/printable.ts';
import { style } from '../../tap/style.ts';
import type { Finding } from './finding.ts';

/**
 * A finding as lines for a terminal; characters that steer a terminal are escaped.
 *
 *     ✘ postgres main: role "pganalytics" sees only its own statistics
 *         GRANT pg_monitor TO "pganalytics";
 *
 * @param colour false for `NO_COLOR` and where the output is no terminal
 */
export function showFinding({ level, about, message, remedy }: Finding, colour: boolean): string {
  const { good, bad, change, name } = style(colour);
  const sign = { ok: good('✔'), warning: change('!'), problem: bad('✘') }[level];
  const indent = (text: string, by: string): string =>
    text
      .split('\n')
      .map((line) => by + printable(line))
      .join('\n');
  const [first = '', ...more] = message.split('\n');
  return [
    `${sign} ${name(printable(about))}: ${printable(first)}`,
    ...(more.length > 0 ? [indent(more.join('\n'), '  ')] : []),
    ...(remedy === undefined ? [] : [indent(remedy, '    ')]),
  ].join('\n');
}
