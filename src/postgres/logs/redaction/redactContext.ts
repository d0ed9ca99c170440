import type { Tokenizer } from '../../sql/tokenizer.ts';
import { tokensOf } from '../../sql/tokensOf.ts';
import { maskQuoted } from './maskQuoted.ts';
import { maskSecrets } from './maskSecrets.ts';
import type { RedactMode } from './redactMode.ts';
import type { SqlRedactor } from './sqlRedactor.ts';

const statement = /^SQL (?:statement|expression|function) "/;
const remote = /^remote SQL command: /;
/** What stands behind these is data up to the end: it may hold quotes and newlines. */
const rows = /^(?:COPY [^\n]{1,400}?, line \d+(?:, column [^\n]{1,200}?)?|JSON data, line \d+): /;
const parameters = /^(?:unnamed )?portal(?: "[^"\n]*")? (?:with parameters: |parameter \$\d+ = )/;

/**
 * A CONTEXT without values. Each part of it begins a line; statements within go on over several, to the quote that
 * closes them, which is found by reading them as SQL.
 */
export function redactContext(context: string, mode: RedactMode, sql: SqlRedactor): string {
  if (mode === 'none') return context;
  if (mode === 'all') return '?';
  const mask =
    mode === 'default'
      ? (line: string) => maskSecrets(maskQuoted(line, !line.includes('portal')))
      : maskSecrets;
  let redacted = '';
  let tokens: Tokenizer | undefined;
  for (let at = 0; at < context.length;) {
    const rest = at === 0 ? context : context.slice(at);
    const head = statement.exec(rest)?.[0];
    if (head !== undefined) {
      tokens ??= tokensOf(context);
      const end = closingQuote(tokens, context, at + head.length) - at;
      redacted += head + sql(rest.slice(head.length, end));
      at += end;
      if (end < rest.length) {
        const line = lineEnd(rest, end);
        redacted += rest.slice(end, line);
        at += line - end;
      }
    } else {
      const command = remote.exec(rest)?.[0];
      if (command !== undefined) return redacted + command + sql(rest.slice(command.length));
      const given = (mode === 'default' ? rows.exec(rest) : null) ?? parameters.exec(rest);
      if (given) return `${redacted}${given[0]}?`;
      const end = lineEnd(rest, 0);
      redacted += mask(rest.slice(0, end));
      at += end;
    }
    if (context.charAt(at) === '\n') {
      redacted += '\n';
      at++;
    }
  }
  return redacted;
}

/** Where the quote stands that closes a statement: it opens a name that a newline or the end follows. */
function closingQuote(token: Tokenizer, text: string, from: number): number {
  token.end = from;
  while (token.next()) {
    if (token.kind !== 'quoted_identifier') continue;
    const after = text.charAt(token.start + 1);
    if (after === '\n' || after === '') return token.start;
  }
  return text.length;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
