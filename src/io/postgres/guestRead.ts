import type pg from 'pg';
import type { Guest, Row } from '../../ports/server.ts';

/** What the messages of the server tell. */
interface Described {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}
interface DataRow {
  readonly fields: Row;
}
/** The part of pg's connection that the extended protocol needs. */
interface Wire {
  parse(statement: { readonly text: string }): void;
  bind(portal: { readonly values: readonly never[] }): void;
  describe(what: { readonly type: 'S'; readonly name: string }): void;
  execute(portal: { readonly rows: number }): void;
  sync(): void;
}

/** Text of rows that is held at most, in characters: what comes after it is only counted. */
const maxChars = 4_194_304;
/** Rows that are counted beyond those that are wanted: so many, or so many times as many. */
const counted = { least: 10_000, times: 10 };

/**
 * Reads one statement by the extended protocol, which takes one only, and keeps `guest.maxRows` of its rows; `null`: it is
 * prepared and described, and not run. Resolves with the rows that `Query.guest` tells of, when the server is ready again.
 */
export const guestRead = (client: pg.Client, sql: string, guest: Guest): Promise<readonly Row[]> =>
  new Promise((resolve, reject) => {
    const { maxRows } = guest;
    const limit = maxRows === null ? 0 : Math.max(counted.least, maxRows * counted.times);
    let names: Row = [];
    let types: Row = [];
    const rows: Row[] = [];
    let total = 0;
    let chars = 0;
    let more = false;
    const read = {
      submit: (connection: unknown): void => {
        const wire = connection as Wire;
        wire.parse({ text: sql });
        wire.describe({ type: 'S', name: '' });
        if (maxRows !== null) {
          wire.bind({ values: [] });
          wire.execute({ rows: limit });
        }
        wire.sync();
      },
      handleRowDescription: ({ fields }: Described): void => {
        names = fields.map(({ name }) => name);
        types = fields.map(({ dataTypeID }) => String(dataTypeID));
      },
      handleDataRow: ({ fields }: DataRow): void => {
        total++;
        if (rows.length >= (maxRows ?? 0) || chars > maxChars) return;
        for (const value of fields) chars += value?.length ?? 0;
        rows.push(fields);
      },
      handlePortalSuspended: (): void => {
        more = true;
      },
      handleCommandComplete: (): void => undefined,
      handleEmptyQuery: (): void => undefined,
      // The server is ready again soon after: whatever comes next waits for that.
      handleError: reject,
      handleReadyForQuery: (): void =>
        resolve([names, types, [more ? null : String(total)], ...rows]),
    };
    client.query(read as unknown as pg.Submittable);
  });
