import type { Assembled, KeptMessage } from './assembly.ts';
import type { LogPosition } from './entry.ts';
import { type CountedRun, type Kind, countIn } from './logKinds.ts';

/** Messages that are complete, in their order. Bounded by whoever takes them after each chunk. */
export class LogQueue {
  #done: Assembled[] = [];
  #run: CountedRun | undefined;

  keep(message: KeptMessage): void {
    this.#run = undefined;
    this.#done.push(message);
  }

  count(kind: Kind, durationMs: number, fileId: string, offset: number): void {
    if (this.#run === undefined) {
      this.#run = { position: { file_id: fileId, offset }, entry: null, counts: [] };
      this.#done.push(this.#run);
    }
    countIn(this.#run, kind, durationMs);
  }

  takeAll(): readonly Assembled[] {
    const taken = this.#done;
    this.#done = [];
    this.#run = undefined;
    return taken;
  }

  oldest(): LogPosition | undefined {
    return this.#done[0]?.position;
  }
}
