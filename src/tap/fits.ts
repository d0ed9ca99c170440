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
  const ofAnyType = selection.types.length === 0;
  const ofAll = ofAnyType && !ofServer;
  const stages = new Set<Entry['at']>(at);
  if (stages.has('dropped')) stages.add('set_aside');
  const stage = (entry: Entry): boolean => (errors ? isError(entry) : stages.has(entry.at));
  return (entry) => {
    if (!stage(entry)) return events && isEvent(entry);
    if (ofAll) return true;
    if (!ofAnyType && !isOfTypes(entry, isType)) return false;
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
const isEvent = (entry: Entry): boolean => events.has(entry.at) || isRefused(entry);
const events: ReadonlySet<Entry['at']> = new Set(['acked', 'config', 'set_aside', 'dropped']);

const isRefused = (entry: Entry): boolean =>
  entry.at === 'sent' && entry.receipt.verdict.is !== 'delivered';

const losses: ReadonlySet<Entry['at']> = new Set(['trouble', 'set_aside', 'dropped']);
const isError = (entry: Entry): boolean =>
  losses.has(entry.at) ||
  isRefused(entry) ||
  (entry.at === 'validated' && entry.metric['up'] === 0);

function isOfTypes(entry: Entry, isType: (name: string) => boolean): boolean {
  if (entry.at === 'validated') return isType(entry.line.type) || isType(entry.line.unit);
  return namesOf(entry).some(isType);
}

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
