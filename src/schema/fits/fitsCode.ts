import { type SchemaNode, typesOf } from './schemaNode.ts';

/**
 * The source text of functions that say whether a value fits a schema: what a validator does, without telling what is
 * wrong. They read `digits`, `patterns` and `numberBytes`, hand texts to `text`, add up `size`, and write `seen` (see `Seen`).
 */
export class FitsCode {
  /** The functions: one for each object and each list. */
  text = '';
  /** The expressions that they use as `patterns[…]`. */
  readonly patterns: RegExp[] = [];
  #count = 0;

  /** An expression over `v`: whether it fits. */
  expression(node: SchemaNode): string {
    if (node.const !== undefined) return isOneOf([node.const]);
    if (node.enum !== undefined) return isOneOf(node.enum);
    const types = typesOf(node).map((type) => this.#typed(type, node));
    return `(${types.length > 0 ? types.join(' || ') : 'false'})`;
  }

  #typed(type: string, node: SchemaNode): string {
    switch (type) {
      case 'null':
        return `v === null && ${sized('4')}`;
      case 'boolean':
        return `typeof v === 'boolean' && ${sized('v ? 4 : 5')}`;
      case 'number':
        return `Number.isFinite(v) && ${sized('numberBytes(v)')}`;
      case 'integer':
        return `Number.is${node.int64 ? 'Safe' : ''}Integer(v) && ${sized('numberBytes(v)')}`;
      case 'string':
        return `typeof v === 'string'${this.#fitting(node)}`;
      case 'object':
        return this.#object(node);
      case 'array':
        return this.#list(node.items);
      default:
        return 'false';
    }
  }

  #fitting({ int64, pattern }: SchemaNode): string {
    if (int64) return ' && (seen.digits = digits.test(v)) && !(seen.plain = false)';
    if (pattern === undefined) return ' && text(v)';
    const size = plainPattern.test(pattern) ? sized('v.length + 2') : 'text(v)';
    return ` && patterns[${this.patterns.push(new RegExp(pattern, 'u')) - 1}].test(v) && ${size}`;
  }

  #object({ properties = {}, required = [], additionalProperties }: SchemaNode): string {
    const isMap = typeof additionalProperties === 'object' && Object.keys(properties).length === 0;
    if (isMap) return this.#map(additionalProperties);
    if (additionalProperties !== false) return 'false';
    const fields = Object.entries(properties).map(([name, field]) => {
      const check = `if (!${this.expression(field)}) return false; left--;`;
      const whole = required.includes(name)
        ? check
        : `if (v !== undefined) { ${check} size += ${nameBytes(name)}; }`;
      return `v = o[${JSON.stringify(name)}]; ${whole}`;
    });
    // Left over is a field that the schema does not name, and one that is there and undefined.
    return this.#called(`
      if (typeof o !== 'object' || o === null || Array.isArray(o)) return false;
      let left = 0, v;
      for (const _ in o) left++;
      size += ${sum(required.map(nameBytes)) + (required.length > 0 ? 1 : 2)};
      ${fields.join('\n')}
      return left === 0;`);
  }

  #map(values: SchemaNode): string {
    return this.#called(`
      if (typeof o !== 'object' || o === null || Array.isArray(o)) return false;
      let names = 0;
      for (const name in o) {
        const v = o[name];
        if (!text(name) || !${this.expression(values)}) return false;
        names++;
      }
      size += 2 * names + (names > 0 ? 1 : 2);
      return true;`);
  }

  #list(items: SchemaNode | undefined): string {
    if (!items) return 'false';
    return this.#called(`
      if (!Array.isArray(o)) return false;
      size += 1 + (o.length || 1);
      for (let i = 0; i < o.length; i++) {
        const v = o[i];
        if (!${this.expression(items)}) return false;
      }
      return true;`);
  }

  #called(body: string): string {
    const name = `fits${this.#count++}`;
    this.text += `function ${name}(o) {${body}}\n`;
    return `${name}(v)`;
  }
}

/** Patterns of whole texts of digits, letters and a few signs: what they match is plain (see `isPlain`). */
const plainPattern = /^\^(?:\\[d.]|[\w\-:(){},?])*\$$/;

const isOneOf = (words: readonly unknown[]): string =>
  `(${words.map((word) => `v === ${JSON.stringify(word)} && ${sized(bytesOf(word))}`).join(' || ')})`;

/** Adds to the size; true. */
const sized = (bytes: string | number): string => `(size += ${bytes}) > 0`;

const bytesOf = (word: unknown): number => Buffer.byteLength(JSON.stringify(word));

/** Of a field: the name, the colon and a comma. */
const nameBytes = (name: string): number => bytesOf(name) + 2;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
