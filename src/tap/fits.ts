import type { Entry } from '../schema/journal.ts';
import { glob } from './glob.ts';
import { metricOf } from './recordOf.ts';
import type { Selection } from './selection.ts';

/** Whether an entry stands at a stage that a selection asks for, and is of its types, servers and databases. */
export function fits(selection: Selection): (entry: Entry) => boolean {
  const { at, events, errors } = selection;
  const isType = glob(selection.types);
  const isServer = glob(selection.servers);
  const isDatabase = glob(selection.databases);
  const ofServer = selection.servers.length + selection.databases.length > 0;
  const ofAll = selection.types.length === 0 && !ofServer;
  const stages = new Set<string>(at);
  const stage = (entry: Entry): boolean =>
    errors ? isError(entry) : stages.has(entry.at === 'set_aside' ? 'dropped' : entry.at);
  return (entry) => {
    if (!stage(entry)) return events && isEvent(entry);
    if (ofAll) return true;
    const names = namesOf(entry);
    if (names.length > 0 && !names.some(isType)) return false;
    if (names.length === 0 && selection.types.length > 0) return false;
    if (!ofServer) return true;
    const metric = metricOf(entry);
    const server = metric ? metric['server'] : serverOf(entry);
    if (typeof server !== 'string' || !isServer(server)) return false;
    if (selection.databases.length === 0) return true;
    const database = metric?.['database'];
    return typeof database === 'string' && isDatabase(database);
  };
}

/** What a person wants to know beside the metrics: pushes, configurations, losses. */
const isEvent = (entry: Entry): boolean =>
  ['acked', 'config', 'set_aside', 'dropped'].includes(entry.at) || isRefused(entry);

const isRefused = (entry: Entry): boolean =>
  entry.at === 'sent' && entry.receipt.verdict.is !== 'delivered';

const isError = (entry: Entry): boolean =>
  ['trouble', 'set_aside', 'dropped'].includes(entry.at) ||
  isRefused(entry) ||
  (entry.at === 'validated' && entry.metric['up'] === 0);

/** The types and units that an entry is about. */
function namesOf(entry: Entry): readonly string[] {
  switch (entry.at) {
    case 'source':
      return [entry.metric.type, entry.unit];
    case 'validated':
      return [entry.line.type, entry.line.unit];
    case 'batched':
    case 'spooled':
    case 'set_aside':
      return Object.keys(entry.header.counts);
    case 'sent':
    case 'acked':
      return Object.keys(entry.receipt.header.counts);
    case 'dropped':
      return Object.keys(entry.counts);
    case 'trouble':
      return [entry.unit, entry.unit.slice(entry.unit.indexOf('/') + 1)];
    default:
      return [];
  }
}

const serverOf = (entry: Entry): string | undefined =>
  entry.at === 'trouble' ? entry.unit.split('/', 1)[0] : undefined;
