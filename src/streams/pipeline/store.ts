import { type Observable, asyncScheduler, concatMap, defer, map, of, take } from 'rxjs';
import { type Compress, gzip } from '../../operators/gzip.ts';
import { see } from '../../operators/see.ts';
import type { Spool } from '../../ports/spool.ts';
import { writeWindow } from '../../schema/envelope.ts';
import type { Counts, Json } from '../../schema/json.ts';
import type { Header, Line, Payload } from '../../schema/payload.ts';
import type { Journal } from '../journal.ts';

export interface StoreOptions {
  readonly spool: Spool;
  readonly journal: Journal;
  /** This collector's id; a window waits for it, and the buffer before it is bounded. */
  readonly collectorId$: Observable<string>;
  readonly hostname: string;
  readonly version: string;
  readonly newId: () => string;
  readonly compress?: Compress;
}

/** Turns closed windows into durable payloads, one at a time: envelope, gzip, header, spool. Emits each durable header. */
export function store(options: StoreOptions): (window: readonly Line[]) => Observable<Header> {
  const { spool, journal, collectorId$ } = options;
  let marks: Readonly<Record<string, Json>> = spool.marks;
  return (window) =>
    defer(() => {
      marks = { ...marks, ...marksOf(window) };
      const carried = marks;
      return collectorId$.pipe(
        take(1),
        concatMap((collectorId) => pack(window, collectorId, carried, options)),
        see(({ header }) => {
          journal.note({ at: 'batched', header });
        }),
        concatMap((payload) => spool.append(payload)),
        see((header) => {
          journal.note({ at: 'spooled', header });
        }),
      );
    });
}

/** One window as a push body (backend contract, `POST /metrics/push`) with its header. */
function pack(
  window: readonly Line[],
  collectorId: string,
  marks: Readonly<Record<string, Json>>,
  { hostname, version, newId, compress }: StoreOptions,
): Observable<Payload> {
  const createdAt = new Date(asyncScheduler.now()).toISOString();
  const head = { collector_id: collectorId, hostname, timestamp: createdAt, version };
  const raw = writeWindow(head, window);
  return of(raw).pipe(
    gzip(compress ? { compress } : {}),
    map((body) => ({
      header: {
        id: newId(),
        collectorId,
        counts: countsOf(window),
        seqs: [window[0]?.seq ?? 0, window.at(-1)?.seq ?? 0],
        rawBytes: Buffer.byteLength(raw),
        bytes: body.length,
        createdAt,
        marks,
        ...markedOf(window),
      },
      body,
    })),
  );
}

function markedOf(window: readonly Line[]): { marked?: number } {
  const marked = window.filter(({ mark }) => mark !== undefined).length;
  return marked > 0 ? { marked } : {};
}

/** The newest mark of each unit. */
export const marksOf = (window: readonly Line[]): Record<string, Json> =>
  Object.fromEntries(
    window.flatMap(({ unit, mark }) => (mark === undefined ? [] : [[unit, mark] as const])),
  );

/** Metrics by type. */
export function countsOf(window: readonly Line[]): Counts {
  const counts: Record<string, number> = {};
  for (const { type } of window) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
