import toml from 'toml';
import type { ConfigFormat, TextPlace } from '../../ports/configFile.ts';
import { type Table, isTable, plainData } from '../../schema/config/plainData.ts';
import { keyPlaces } from './keyPlaces.ts';

/** Tables and lists within each other, at most: more is no configuration. */
const maxDepth = 20;

/** Reads TOML 1.1 with the package `toml`, and JSON where the text starts with `{` (pulled configuration). */
export const configFormat: ConfigFormat = {
  parse: (text) => (isJson(text) ? parseJson(text) : parseToml(text)),
  places: (text) => keyPlaces(isJson(text) ? '' : text),
};

type Parsed = ReturnType<ConfigFormat['parse']>;

const isJson = (text: string): boolean => text.trimStart().startsWith('{');

function parseToml(text: string): Parsed {
  try {
    return { data: plainData(toml.parse(text.replace(/^\uFEFF/, ''), { maxDepth })) as Table };
  } catch (error) {
    return syntaxProblem(error as TomlError);
  }
}

/** What `toml` throws: semantic errors have `line` and `column`, syntax errors a `location`. */
interface TomlError extends Error {
  readonly line?: number;
  readonly column?: number;
  readonly location?: { readonly start: TextPlace };
  readonly found?: string | null;
}

function syntaxProblem({ message, line, column, location, found }: TomlError): Parsed {
  if (location) {
    const { start } = location;
    const what =
      found === '\n' || found === '\r'
        ? 'the line ends here'
        : found === null
          ? 'the file ends here'
          : '';
    return {
      problem: `not valid TOML${what ? `: ${what}` : ' from here on'}; strings stand in quotes, one key = value a line`,
      place: { line: start.line, column: start.column },
    };
  }
  const place = line === undefined || column === undefined ? undefined : { line, column };
  return { problem: `not valid TOML: ${message}`, place };
}

function parseJson(text: string): Parsed {
  try {
    const data = plainData(JSON.parse(text));
    return isTable(data) ? { data } : { problem: 'expected a JSON object', place: undefined };
  } catch (error) {
    // Its message quotes the text around the place, which may be secret.
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    return {
      problem: 'not valid JSON',
      place: position === undefined ? undefined : placeOf(text, +position),
    };
  }
}

function placeOf(text: string, offset: number): TextPlace {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
