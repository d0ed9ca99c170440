/** Longer texts get buffers of their own. */
const usualBytes = 16_384;
/** A unit of UTF-16 is at most so many bytes. */
const unitBytes = 3;
/** Zeros behind the text, for who looks ahead. */
const behind = 3;

/** The bytes of a text in UTF-8, and those of the text that is made of it. */
export class StatementBytes {
  readonly #usualInput = Buffer.allocUnsafe(usualBytes);
  readonly #usualOutput = Buffer.allocUnsafe(usualBytes);
  /** Of the text; three zeros follow it. */
  input = this.#usualInput;
  #output = this.#usualOutput;
  /** The text has none but ASCII, so that its places are those of its bytes. */
  isAscii = true;
  /** Bytes of what is made of it. */
  written = 0;

  /** Begins a text; how many bytes it has. What is made of it is at most as long. */
  begin(text: string): number {
    const room = text.length * unitBytes + behind;
    const isUsual = room <= usualBytes;
    this.input = isUsual ? this.#usualInput : Buffer.allocUnsafe(room);
    const length = this.input.write(text);
    this.input.fill(0, length, length + behind);
    this.#output = isUsual ? this.#usualOutput : Buffer.allocUnsafe(length);
    this.isAscii = length === text.length;
    this.written = 0;
    return length;
  }

  /** Takes over a part of the text. */
  copy(from: number, to: number): void {
    const { input } = this;
    const output = this.#output;
    let at = this.written;
    for (let index = from; index < to; index++) output[at++] = input[index] ?? 0;
    this.written = at;
  }

  /** Writes a character of ASCII. */
  put(code: number): void {
    this.#output[this.written++] = code;
  }

  /** Writes some of them. */
  write(text: string): void {
    this.written += this.#output.write(text, this.written, 'latin1');
  }

  /** Forgets what was written behind a place. */
  rewind(written: number): void {
    this.written = written;
  }

  /** What was written. */
  text(): string {
    return this.#output.toString(this.isAscii ? 'latin1' : 'utf8', 0, this.written);
  }
}
