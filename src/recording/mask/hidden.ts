import { isTable } from '../../schema/config/plainData.ts';
import type { Json } from '../../schema/json.ts';

export interface HiddenOptions {
  /** What stands for a text wherever it occurs as a whole word: names of this host, its folders. */
  readonly places?: ReadonlyMap<string, string>;
}

/** What hides in every text of a recording: tokens, keys, passwords in addresses, and this host's own names. */
export interface Hidden {
  readonly text: (text: string) => string;
  /** Each UUID of the text by a placeholder; the same one each time. */
  readonly ids: (text: string) => string;
  /** All texts of a value, the keys of its tables too. */
  readonly all: (value: Json) => Json;
}

const tokens = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const pem = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?(?:-----END \1-----|$)/g;
const userinfo = /(:\/\/[^\s:/?#]*):[^\s@]*@/g;
const assigned = /\b(password|passphrase|secret|token)(\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s'",;)}]+)/gi;
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Masks for one recording; UUIDs are numbered in the order in which they come. */
export function hidden({ places = new Map() }: HiddenOptions = {}): Hidden {
  // The longest first: a folder stands within another one.
  const named = [...places]
    .filter(([name]) => name.length > 1)
    .sort(([a], [b]) => b.length - a.length)
    .map(
      ([name, placeholder]) =>
        [new RegExp(`(?<![\\w-])${escaped(name)}(?![\\w-])`, 'g'), placeholder] as const,
    );
  const known = new Map<string, string>();

  const text = (text: string): string => {
    let masked = text
      .replace(tokens, 'placeholder')
      .replace(pem, 'placeholder')
      .replace(userinfo, '$1:placeholder@')
      .replace(assigned, '$1$2placeholder');
    for (const [name, placeholder] of named) masked = masked.replace(name, () => placeholder);
    return masked;
  };
  const ids = (text: string): string =>
    text.replace(uuid, (id) => {
      const key = id.toLowerCase();
      const number = String(known.size + 1).padStart(12, '0');
      const placeholder = known.get(key) ?? `00000000-0000-4000-8000-${number}`;
      // A placeholder stands for itself, so that masking twice changes nothing.
      if (key.startsWith('00000000-0000-4000-8000-')) return id;
      known.set(key, placeholder);
      return placeholder;
    });
  const all = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(all);
    if (!isTable(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), all(inner)]));
  };
  return { text, ids, all };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
