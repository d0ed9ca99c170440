import { Tokenizer } from './tokenizer.ts';

/** A reader of the tokens of a text, by the places of its characters; from a place on. */
export function tokensOf(text: string, from = 0): Tokenizer {
  const codes = new Uint16Array(text.length + 3);
  for (let at = 0; at < text.length; at++) codes[at] = text.charCodeAt(at);
  return new Tokenizer().begin(codes, text.length, from);
}
