import type { Row } from '../ports/server.ts';

/**
 * Rows of a long read, held until the last one has come: as one text for each chunk. Ten thousand rows of dozens of small
 * texts would be copied and marked by every collection of garbage meanwhile, which costs more than to parse them again.
 */
export class HeldRows implements Iterable<Row> {
  readonly #chunks: string[] = [];

  add(rows: readonly Row[]): void {
    this.#chunks.push(JSON.stringify(rows));
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const chunk of this.#chunks) yield* JSON.parse(chunk) as readonly Row[];
  }
}
