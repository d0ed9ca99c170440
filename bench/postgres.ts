import { type Figures, measured } from './postgres/measured.ts';
import { missing } from './postgres/exporter.ts';
import { type Result, below, claim } from './result.ts';

/** Big catalogs: the agent beside prometheus-postgres-exporter, in turn in the same run. */
export async function benchPostgres(): Promise<Result[]> {
  const few = await measured(1_000);
  const many = await measured(10_000);
  if (!many.exporter) process.stdout.write(`  left out: ${missing() ?? ''}\n`);
  return [...beside(many), ...memory(many), ...growth(few, many)];
}

const tables = '10,000 tables with two indexes each, every 10 s';
const listed = {
  agent: '500 tables and 1,000 indexes listed, as by default',
  everything: 'every table and index listed',
} as const;

/** In turn with the exporter, which lists every table and no index. */
function beside(many: Figures): Result[] {
  const { exporter } = many;
  if (!exporter) return [];
  return (['agent', 'everything'] as const).flatMap((which) => {
    const { client, server, peak } = many[which];
    const how = `${listed[which]}; ${tables}; peak memory ${peak.toFixed(0)} against ${exporter.peak.toFixed(0)} MB`;
    return [
      claim({
        what: 'CPU of the agent per read, against prometheus-postgres-exporter per scrape',
        ...{ ours: client, least: exporter.client, unit: 'ms', most: 1 / 8 },
        ...{ against: 'of the exporter', how },
      }),
      claim({
        what: 'CPU of the server per read, against that per scrape',
        ...{ ours: server, least: exporter.server, unit: 'ms', most: 0.5 },
        ...{
          against: 'of the exporter',
          how: `${how}; all its processes, less what it uses anyway`,
        },
      }),
    ];
  });
}

const memory = ({ whole, everything }: Figures): Result[] => [
  below({
    ...{ what: 'peak memory of the agent', value: whole.peak, unit: 'MB', limit: 100 },
    how: `${listed.agent}, and 5,000 statements; ${tables}; with all listed, without statements: ${everything.peak.toFixed(0)} MB`,
  }),
  below({
    ...{ what: 'memory of the largest backend that serves it', value: whole.backend, unit: 'MB' },
    ...{
      limit: 40,
      how: `${listed.agent}, and 5,000 statements; ${tables}; without shared buffers`,
    },
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
      ...{ ours: many.everything[what], least: few.everything[what], most: 10 },
      ...{ unit: what === 'peak' ? 'MB' : 'ms', against: 'of 1,000', how: listed.everything },
    }),
  );
