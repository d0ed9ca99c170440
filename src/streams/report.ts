import { type OperatorFunction, concatMap, defer } from 'rxjs';
import { steadyClock } from '../operators/steadyClock.ts';
import type { Books } from '../schema/books.ts';
import type { Entry } from '../schema/journal.ts';
import { sumOf } from '../schema/json.ts';

/** One line of the agent's own log. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** What it is about: a unit of the journal, `agent`, `push`. */
  readonly unit: string;
  readonly message: string;
}

/** A failure that goes on: said when it began, counted since. */
interface Ongoing {
  readonly unit: string;
  /** What was said of it. */
  readonly texts: Set<string>;
  saidAt: number;
  times: number;
  /** Timestamps of metrics that came from the unit since its last failure; a second one says that it works again. */
  readonly since: Set<string>;
}

/** Failures remembered at once; beyond it the oldest is forgotten (and would be said again). */
const MAX_ONGOING = 1_000;
/** So many texts of one failure are said as they come, further ones this far apart in ms: a text may have a number in it. */
const MAX_TEXTS = 3;
const APART_MS = 600_000;

export interface ReportOptions {
  /** Types that do not ask their server: that one of them works says nothing of the server. Default: none. */
  readonly aside?: ReadonlySet<string>;
}

/**
 * The agent's log: the journal's entries that an operator should read. A failure that repeats is said once, and once
 * more when it is over, also where its units tell it in different words by turns; nothing is said per healthy tick.
 */
export const report =
  ({ aside = new Set<string>() }: ReportOptions = {}): OperatorFunction<Entry, LogLine> =>
  (source) =>
    defer(() => {
      const ongoing = new Map<string, Ongoing>();
      const clock = steadyClock();
      const began = (
        key: string,
        unit: string,
        level: LogLine['level'],
        text: string,
      ): LogLine[] => {
        const known = ongoing.get(key);
        const now = clock();
        if (known) {
          known.times++;
          known.since.clear();
          const isNews = !known.texts.has(text);
          if (!isNews || (known.texts.size >= MAX_TEXTS && now - known.saidAt < APART_MS))
            return [];
          if (known.texts.size >= MAX_TEXTS) known.texts.clear();
          known.texts.add(text);
          known.saidAt = now;
          return [{ level, unit, message: text }];
        }
        ongoing.set(key, { unit, texts: new Set([text]), saidAt: now, times: 1, since: new Set() });
        if (ongoing.size > MAX_ONGOING) ongoing.delete(ongoing.keys().next().value ?? '');
        return [{ level, unit, message: text }];
      };
      const over = (which: (key: string, failure: Ongoing) => boolean): LogLine[] =>
        [...ongoing]
          .filter(([key, failure]) => which(key, failure))
          .map(([key, { unit, times }]) => {
            ongoing.delete(key);
            const after = times === 1 ? 'one failure' : `${times} failures`;
            return { level: 'info', unit, message: `works again after ${after}` };
          });
      const lines = (entry: Entry): LogLine[] => {
        switch (entry.at) {
          case 'trouble': {
            const { code, message } = entry;
            // All units of a server fail together when it is away: that is said once for the server.
            const unit = code === 'ERR_UNREACHABLE' ? serverOf(entry.unit) : entry.unit;
            return began(`${unit} ${code}`, unit, 'warn', message);
          }
          case 'settled':
            return over((_, { unit }) => unit === entry.unit);
          case 'source': {
            if (ongoing.size === 0 || entry.metric['up'] === 0) return [];
            const names = aside.has(entry.metric.type)
              ? [entry.unit]
              : [entry.unit, serverOf(entry.unit)];
            return over((_, { unit, since }) => {
              if (!names.includes(unit)) return false;
              since.add(entry.metric.timestamp);
              return since.size > 1;
            });
          }
          case 'set_aside': {
            const count = sumOf(entry.header.counts);
            return [
              {
                level: 'error',
                unit: 'push',
                message: `${count} metrics set aside: ${entry.reason}`,
              },
            ];
          }
          case 'dropped': {
            const what = Object.keys(entry.counts).join(', ');
            const why =
              entry.problem === undefined ? entry.reason : `${entry.reason}: ${entry.problem}`;
            return began(
              `dropped ${what} ${entry.reason}`,
              'books',
              'error',
              `dropping ${what} (${why})`,
            );
          }
          case 'recovered': {
            const count = sumOf(entry.counts);
            return count === 0
              ? []
              : [
                  {
                    level: 'info',
                    unit: 'spool',
                    message: `${count} metrics wait from the run before`,
                  },
                ];
          }
          case 'config': {
            const version = entry.version === null ? '' : ` version ${entry.version}`;
            const changes = entry.changed.length === 0 ? '' : `: ${entry.changed.join('; ')}`;
            const message = `configuration${version} from ${entry.origin} took effect${changes}`;
            return [{ level: 'info', unit: 'config', message }];
          }
          case 'notice':
            return [{ level: 'info', unit: entry.unit, message: entry.message }];
          case 'ended':
            return [{ level: 'info', unit: 'books', message: booksText(entry.books) }];
          default:
            return [];
        }
      };
      return source.pipe(concatMap(lines));
    });

const serverOf = (unit: string): string => unit.split('/', 1)[0] ?? unit;

function booksText(books: Books): string {
  const dropped = Object.entries(books.dropped).map(([reason, count]) => `${reason} ${count}`);
  return (
    `collected ${books.collected}, recovered ${books.recovered}, delivered ${books.delivered}, ` +
    `buffered ${books.buffered}, spooled ${books.spooled}, set aside ${books.setAside}, ` +
    `dropped ${sumOf(books.dropped)}${dropped.length === 0 ? '' : ` (${dropped.join(', ')})`}`
  );
}
