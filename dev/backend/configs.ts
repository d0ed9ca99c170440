/** A stored configuration. */
export interface StoredConfig {
  readonly text: string;
  readonly version: number;
}

/** The configurations that collectors may pull: one each, and one for all that have none of their own (`*`). */
export class Configs {
  readonly #stored = new Map<string, StoredConfig>();
  #newest = 0;

  /** Stores one; null removes it. Default version: one more than the highest so far. */
  set(collectorId: string, text: string | null, version = this.#newest + 1): void {
    if (text === null) {
      this.#stored.delete(collectorId);
      return;
    }
    this.#newest = Math.max(this.#newest, version);
    this.#stored.set(collectorId, { text, version });
  }

  get(collectorId: string): StoredConfig | undefined {
    return this.#stored.get(collectorId) ?? this.#stored.get('*');
  }
}
