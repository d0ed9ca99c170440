import { createHash } from 'node:crypto';
import type { Reply } from './reply.ts';

/** What is known of a push by its idempotency key. */
export type Standing =
  /** It is the first: `commit` its answer, or `abandon` it where nothing was stored. */
  | { readonly is: 'new'; readonly commit: (reply: Reply) => void; readonly abandon: () => void }
  /** The first is still being worked on. */
  | { readonly is: 'in progress' }
  /** The first was stored and answered so. */
  | { readonly is: 'done'; readonly reply: Reply }
  /** The key was used for another body. */
  | { readonly is: 'different' };

interface Account {
  readonly digest: string;
  reply: Reply | null;
}

/** Remembers idempotency keys with the answers of their pushes, for as long as the backend lives. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();

  /**
   * @param collectorId scopes the key.
   * @param body after decompression, so that compressing anew makes no other push.
   */
  open(collectorId: string, key: string, body: Uint8Array): Standing {
    const scoped = JSON.stringify([collectorId, key]);
    const digest = createHash('sha256').update(body).digest('base64');
    const known = this.#accounts.get(scoped);
    if (known) {
      if (known.digest !== digest) return { is: 'different' };
      return known.reply ? { is: 'done', reply: known.reply } : { is: 'in progress' };
    }
    const account: Account = { digest, reply: null };
    this.#accounts.set(scoped, account);
    return {
      is: 'new',
      commit: (reply) => void (account.reply = reply),
      abandon: () => void this.#accounts.delete(scoped),
    };
  }
}
