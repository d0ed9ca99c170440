/** Longer texts get buffers of their own. */
const usualBytes = 16_384;
/** A unit of UTF-16 is at most so many bytes. */
const unitBytes = 3;
/** Zeros behind the text, for who looks ahead. */
const behind = 3;

/** How many bytes more than one each character of ASCII takes in JSON at most. */
const escapes = new Uint8Array(128).fill(5, 0, 32);
for (const char of '"\\') escapes[char.charCodeAt(0)] = 1;

/** The bytes of a text of one or several statements, of which some parts are replaced by others. Used again for the next. */
export class StatementBytes {
  readonly #usualInput = Buffer.allocUnsafe(usualBytes);
  readonly #usualView = viewOf(this.#usualInput);
  readonly #usualOutput = Buffer.allocUnsafe(usualBytes);
  /** The text in UTF-8; three zeros follow it. */
  input = this.#usualInput;
  /** The same. */
  view = this.#usualView;
  /** It has none but ASCII, so that places in the text are places in the bytes. */
  isAscii = true;
  #text = '';
  #length = 0;
  #output = this.#usualOutput;
  /** How much of the output was written; what follows from `#kept` on in the input was not written yet. */
  #written = 0;
  #kept = 0;
  /** What was made last, and its size as JSON; of a long one and one of more than ASCII nothing is told. */
  #made = '';
  #size = 0;
  /** Both as they were before this statement. */
  #writtenBefore = 0;
  #keptBefore = 0;

  /** Begins a text; how many bytes it has. What replaces a part must not be longer. */
  begin(text: string): number {
    const room = text.length * unitBytes + behind;
    const isUsual = room <= usualBytes;
    this.input = isUsual ? this.#usualInput : Buffer.allocUnsafe(room);
    this.view = isUsual ? this.#usualView : viewOf(this.input);
    const length = this.input.write(text);
    for (let at = length; at < length + behind; at++) this.input[at] = 0;
    this.#output = isUsual ? this.#usualOutput : Buffer.allocUnsafe(length);
    this.isAscii = length === text.length;
    this.#text = text;
    this.#length = length;
    this.#written = this.#kept = 0;
    this.beginStatement();
    return length;
  }

  /** Here one statement ends and the next begins. */
  beginStatement(): void {
    this.#writtenBefore = this.#written;
    this.#keptBefore = this.#kept;
  }

  /** Puts one character of ASCII in the place of what stands at `start` to `end`. */
  replace(start: number, end: number, code: number): void {
    this.#copy(this.#kept, start);
    this.#output[this.#written++] = code;
    this.#kept = end;
  }

  /** Puts a tag in the place of the statement at `start` to `end`. */
  replaceStatement(start: number, end: number, tag: string): void {
    this.#written = this.#writtenBefore;
    this.#copy(this.#keptBefore, start);
    this.#written += this.#output.write(tag, this.#written, 'latin1');
    this.#kept = end;
  }

  /** The text with what was replaced. */
  text(): string {
    let text = this.#text;
    let made = this.input;
    if (this.#kept > 0) {
      this.#copy(this.#kept, this.#length);
      made = this.#output;
      text = made.toString(this.isAscii ? 'latin1' : 'utf8', 0, this.#written);
    }
    const isTold = this.isAscii && this.input === this.#usualInput;
    if (isTold) this.#size = sizeOf(made, text.length);
    return this.#end(text, isTold);
  }

  /** What stands before a place, and then another text, which takes so many bytes of JSON. */
  textWith(place: number, rest: string, size: number): string {
    if (place === 0) {
      this.#size = size;
      return this.#end(rest, true);
    }
    const isTold = this.isAscii;
    const before = isTold ? this.#text.slice(0, place) : this.input.toString('utf8', 0, place);
    if (isTold) this.#size = sizeOf(this.input, place) + size;
    return this.#end(before + rest, isTold);
  }

  #end(made: string, isTold: boolean): string {
    this.#made = isTold ? made : '';
    // A long one keeps no memory.
    this.#text = '';
    this.input = this.#usualInput;
    this.view = this.#usualView;
    this.#output = this.#usualOutput;
    return made;
  }

  /** How many bytes of JSON a text takes at most, if it is what was made last. */
  sizeOf(text: string): number | undefined {
    return text === this.#made ? this.#size : undefined;
  }

  /** Where in the bytes a character of the text stands. */
  placeOf(char: number): number {
    return this.isAscii ? char : Buffer.byteLength(this.#text.slice(0, char));
  }

  #copy(from: number, to: number): void {
    const { input } = this;
    const output = this.#output;
    let at = this.#written;
    for (let index = from; index < to; index++) output[at++] = input[index] ?? 0;
    this.#written = at;
  }
}

const viewOf = (bytes: Buffer): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function sizeOf(bytes: Uint8Array, length: number): number {
  let size = length;
  for (let at = 0; at < length; at++) size += escapes[bytes[at] ?? 0] ?? 0;
  return size;
}
