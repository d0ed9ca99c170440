import { parse } from 'yaml';

/** A text in YAML as plain data. A module of its own: the parser is loaded when it is needed. */
export const parseYaml = (text: string): unknown => parse(text, { maxAliasCount: 100 }) as unknown;
