import { StatementBytes } from './statementBytes.ts';
import type { StatementShape } from './statementShape.ts';
import { StatementShapes } from './statementShapes.ts';
import { StatementWords } from './statementWords.ts';
import { Tokenizer } from './tokenizer.ts';

export interface RedactOptions {
  /** Keeps literals and comments; statements that carry secrets by their grammar still become their tag. Default: false. */
  readonly keepLiterals?: boolean;
  /** Each statement becomes its command tag. Default: false. */
  readonly onlyTag?: boolean;
}

const [semicolon, question, space] = [59, 63, 32] as const;

const none: RedactOptions = {};

/** Used again for each text. */
const token = new Tokenizer();
const statement = new StatementWords();
const bytes = new StatementBytes();
/** What is known without literals holds none. */
const shapes = new StatementShapes();

/**
 * A statement without what its author wrote into it: each string and number becomes `?`, each comment a space.
 *
 * - Identifiers, quoted ones too, operators, white space and parameters (`$1`) stay.
 * - A statement other than one of data (SELECT, INSERT, …) that names PASSWORD, CONNECTION, USER MAPPING or OPTIONS
 *   becomes its command tag, e.g. `ALTER ROLE`: there even a mistyped, unquoted word may be a secret. Of several
 *   statements in one text, each is judged by itself.
 * - Bodies of DO and of functions are strings, and so become `?`.
 * - A text that was cut off within a literal, a quoted identifier or a comment ends in `?` or a space.
 *
 * Linear in the length of the text. Never throws. Doing it twice changes nothing.
 */
export function redact(text: string, options: RedactOptions = {}): string {
  return redactFrom(text, 0, options);
}

/** The place of a statement in a text in UTF-8 behind which zeros stand. */
export type StatementAt = (bytes: Uint8Array, length: number) => number;

/** The same for the end of a text; what stands before `from` stays as it is. */
export function redactFrom(
  text: string,
  from: number | StatementAt,
  { keepLiterals = false, onlyTag = false }: RedactOptions = none,
): string {
  const length = bytes.begin(text);
  const { input } = bytes;
  const first = typeof from === 'number' ? bytes.placeOf(from) : from(input, length);
  const isUsual = !keepLiterals && !onlyTag;
  const known = isUsual ? shapes.find(bytes.view, first, length) : undefined;
  if (known) return bytes.textWith(first, known.text, known.size);
  let begin = first;
  let behindSpace = begin;
  token.begin(input, length, begin);
  statement.begin();
  while ((statement.isOfData ? token.passPlain() : token).next()) {
    const { kind, start, end } = token;
    if (kind === 'word') statement.add(input, start, end);
    else if (kind === 'space') {
      if (start === begin) behindSpace = end;
    } else if (kind === 'separator') {
      if (input[start] !== semicolon) continue;
      if (statement.isHidden(onlyTag)) bytes.replaceStatement(behindSpace, start, statement.tag());
      bytes.beginStatement();
      statement.begin();
      begin = behindSpace = end;
    } else if (!keepLiterals) {
      const replacement = replacementOf(token);
      if (replacement !== 0) bytes.replace(start, end, replacement);
    }
  }
  if (statement.isHidden(onlyTag)) bytes.replaceStatement(behindSpace, length, statement.tag());
  const wanted = isUsual && shapes.wants(length - first);
  const redacted = bytes.text();
  if (wanted) shapes.remember(input, first, length, Buffer.from(redacted).subarray(first));
  return redacted;
}

/** The shape of the statement at `from` to `to`, as far as statements were redacted that are like it. */
export const knownShape = (view: DataView, from: number, to: number): StatementShape | undefined =>
  shapes.find(view, from, to);

/**
 * How many bytes of JSON a text takes at most, without its quotes, if it is what was redacted last; undefined where it is
 * not, and where nobody counted. Bytes are faster to look at than the characters of a text.
 */
export const redactedSize = (text: string): number | undefined => bytes.sizeOf(text);

/** What stands for a token; 0 where it stays. */
function replacementOf({ kind, closed }: Tokenizer): number {
  if (kind === 'string' || kind === 'number') return question;
  if (kind === 'comment') return space;
  return kind === 'quoted_identifier' && !closed ? question : 0;
}
