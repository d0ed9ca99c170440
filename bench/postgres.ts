import { missing } from './postgres/exporter.ts';
import { type Figures, type Who, measured } from './postgres/measured.ts';
import { type Result, below, claim } from './result.ts';

/** Big catalogs: the agent beside prometheus-postgres-exporter, in turn in the same run. */
export async function benchPostgres(): Promise<Result[]> {
  const few = await measured(1_000, ['everything']);
  const many = await measured(10_000, ['exporter', 'agent', 'tables', 'everything', 'whole']);
  if (!many.costs.exporter) process.stdout.write(`  left out: ${missing() ?? ''}\n`);
  return [...beside(many), ...memory(many), ...growth(few, many)];
}

const tables = '10,000 tables with two indexes each, every 10 s';
const listed: Readonly<Record<Exclude<Who, 'exporter'>, string>> = {
  agent: '500 tables and 1,000 indexes listed, as by default',
  tables: 'every table listed, as the exporter does, and 1,000 indexes',
  everything: 'every table and every index listed',
  whole: '500 tables and 1,000 indexes listed, as by default, and 5,000 statements read',
};

/**
 * In turn with the exporter, which lists every table and no index. The first is what is asked of the agent; the others
 * say that a relation costs no more than there, whatever is listed.
 */
const most = [
  { who: 'agent', client: 1 / 8, server: 0.5 },
  { who: 'tables', client: 1, server: 1 },
  { who: 'everything', client: 3, server: 3 },
] as const;

function beside({ costs }: Figures): Result[] {
  const { exporter } = costs;
  if (!exporter) return [];
  return most.flatMap(({ who, client, server }) => {
    const cost = costs[who];
    if (!cost) return [];
    const how = `${listed[who]}; ${tables}`;
    const against = 'of the exporter, which lists every table and no index';
    return [
      claim({
        what: 'CPU of the agent per read, against prometheus-postgres-exporter per scrape',
        ...{ ours: cost.client, least: exporter.client, unit: 'ms', most: client, against },
        how: `${how}; peak memory of the exporter ${exporter.peak.toFixed(0)} MB`,
      }),
      claim({
        what: 'CPU of the server per read, against that per scrape',
        ...{ ours: cost.server, least: exporter.server, unit: 'ms', most: server, against },
        how: `${how}; all its processes, less what it uses anyway`,
      }),
    ];
  });
}

const memory = ({ costs, backend }: Figures): Result[] => [
  ...(['whole', 'tables', 'everything'] as const).map((who) =>
    below({
      ...{ what: 'peak memory of the agent', value: costs[who]?.peak ?? NaN, unit: 'MB' },
      ...{ limit: 100, how: `${listed[who]}; ${tables}` },
    }),
  ),
  below({
    ...{ what: 'memory of the largest backend that serves it', value: backend, unit: 'MB' },
    ...{ limit: 40, how: `${listed.whole}; ${tables}; without shared buffers` },
  }),
];

const growth = (few: Figures, many: Figures): Result[] =>
  (['client', 'server', 'peak'] as const).map((what) =>
    claim({
      what: {
        client: 'CPU of the agent per read, 10,000 tables against 1,000',
        server: 'CPU of the server per read, 10,000 tables against 1,000',
        peak: 'peak memory of the agent, 10,000 tables against 1,000',
      }[what],
      ours: many.costs.everything?.[what] ?? NaN,
      least: few.costs.everything?.[what] ?? NaN,
      ...{ most: 10, unit: what === 'peak' ? 'MB' : 'ms', against: 'of 1,000' },
      how: listed.everything,
    }),
  );
