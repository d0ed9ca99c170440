import { UsageError } from '../../errors.ts';
import type { AsidePayload } from '../../io/spool/asideList.ts';
import { printable } from '../../schema/printable.ts';

export interface Choice {
  readonly work: 'retry' | 'drop';
  /** Numbers, names or ids, as `dead list` shows them; null: all that can be. */
  readonly wanted: readonly string[] | null;
}

/**
 * The payloads that somebody means.
 *
 * @throws UsageError where one is not there, or cannot be retried
 */
export function choose(
  payloads: readonly AsidePayload[],
  { work, wanted }: Choice,
): readonly AsidePayload[] {
  const possible = ({ shelf }: AsidePayload): boolean => work === 'drop' || shelf !== 'damaged';
  if (wanted === null) return payloads.filter(possible);
  const chosen = wanted.map((word) => {
    const found = payloads.find(
      ({ number, name, id }) => word === number || word === name || word === id,
    );
    if (!found) {
      throw new UsageError(`no payload ${printable(word)} is set aside; \`dead list\` shows them`);
    }
    if (!possible(found)) {
      throw new UsageError(
        `payload ${found.number} is damaged and cannot be delivered; \`dead drop ${found.number}\` removes it`,
      );
    }
    return found;
  });
  return [...new Set(chosen)];
}
