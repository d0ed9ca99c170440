import type { PgEvent } from '../pgEvent.ts';

/** An installed extension. */
export interface Extension {
  readonly [field: string]: string | boolean | null;
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  readonly available_version: string | null;
  /** Null where its files are gone. */
  readonly update_due: boolean | null;
}

/** What was created, updated or dropped between two readings of a database, as events. */
export function extensionChanges(
  server: string,
  database: string,
  before: readonly Extension[],
  now: readonly Extension[],
): readonly PgEvent[] {
  const events: PgEvent[] = [];
  const note = (object: string, old: string | null, young: string | null, words: string): void => {
    const message = `extension ${object} ${words} in database ${database}`;
    const event = 'extension_changed';
    events.push({ server, database, event, object, before: old, after: young, message });
  };
  const olds = new Map(before.map(({ name, version }) => [name, version]));
  for (const { name, version } of now) {
    const old = olds.get(name);
    olds.delete(name);
    if (old === undefined) note(name, null, version, 'was created');
    else if (old !== version) note(name, old, version, 'has another version');
  }
  for (const [name, old] of olds) note(name, old, null, 'was dropped');
  return events;
}
