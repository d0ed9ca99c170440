import { type Counts, sumOf } from '../../schema/json.ts';
import { printable } from '../../schema/printable.ts';
import type { Standing, UnitStanding } from '../../schema/standing.ts';
import { bytes, duration, plain } from '../../tap/quantity.ts';
import type { Style } from '../../tap/style.ts';
import { ago } from '../ago.ts';
import { aligned } from '../aligned.ts';
import type { StatusReport } from './statusReport.ts';

/** The report for a person; characters that steer a terminal are escaped. */
export function showStatus(report: StatusReport, { bad, name }: Style): string {
  const now = Date.parse(report.at);
  const { running } = report;
  const facts = [
    ['agent', agentText(report, now)],
    ['identity', identityText(report, now)],
    ...report.certificates.map((each) => [
      'certificate',
      `${each.name} ends ${ago(each.expires_at, now)}`,
    ]),
    ['spool', spoolText(report, now)],
    ...(running ? deliveryFacts(running, now) : []),
    ...(report.spool.ledger ? [['all runs', accounts({ ...report.spool.ledger })]] : []),
  ];
  const sources = running?.sources ?? [];
  const table = sources.length === 0 ? [] : ['', ...sourceTable(sources, now)];
  const errors = sources.flatMap(({ unit, last_error }) =>
    last_error ? [`  ${unit}, ${ago(last_error.at, now)}: ${last_error.message}`] : [],
  );
  return [
    ...aligned(facts).map((line) => line.replace(/^\w+( runs)?/, (key) => name(key))),
    ...table,
    ...(errors.length === 0 ? [] : ['', 'last errors', ...errors.map(printable)]),
    ...(report.problems.length === 0
      ? []
      : ['', ...report.problems.map((each) => bad(printable(each)))]),
  ].join('\n');
}

function agentText({ agent, running }: StatusReport, now: number): string {
  if (running) {
    const { pid, version, started_at } = running;
    return `process ${pid}, version ${version}, started ${ago(started_at, now)}`;
  }
  return agent ? `process ${agent.pid} on ${agent.host}` : 'does not run';
}

function identityText({ identity }: StatusReport, now: number): string {
  if (!identity) return 'none stored';
  const { collector_id, token_expires_at } = identity;
  const token = token_expires_at === null ? '' : `; its token ends ${ago(token_expires_at, now)}`;
  return `collector ${collector_id}${token}`;
}

function spoolText({ spool }: StatusReport, now: number): string {
  const { payloads, oldest_at, set_aside } = spool;
  const oldest = oldest_at === null ? '' : `, the oldest from ${ago(oldest_at, now)}`;
  const aside = Object.entries(set_aside).map(([shelf, count]) => `${shelf} ${count}`);
  return `${plain(payloads)} payloads wait (${bytes(spool.bytes)})${oldest}; set aside: ${aside.join(', ')}`;
}

function deliveryFacts(running: Standing, now: number): string[][] {
  const { books, last_success_at, last_success_ms, last_error, failing } = running;
  const took = last_success_ms === null ? '' : ` (${duration(last_success_ms)})`;
  const { dropped, setAside, ...others } = books;
  const failed = last_error
    ? `${ago(last_error.at, now)}${failing ? ', goes on' : ', over'}: ${last_error.unit}: ${last_error.message}`
    : 'none';
  return [
    ['last success', `${ago(last_success_at, now)}${took}`],
    ['last error', failed],
    ['this run', `${accounts({ ...others, set_aside: setAside })}, dropped ${reasons(dropped)}`],
  ];
}

const head = ['SOURCE', 'LAST RUN', 'TOOK', 'METRICS', 'ERRORS', 'SKIPPED', 'DROPPED'];

function sourceTable(sources: readonly UnitStanding[], now: number): string[] {
  const rows = sources.map((source) => [
    source.unit,
    ago(source.last_run_at, now),
    source.last_run_ms === null ? '-' : duration(source.last_run_ms),
    plain(source.metrics),
    plain(source.errors),
    plain(source.skipped_ticks),
    reasons(source.dropped),
  ]);
  return aligned([head, ...rows]);
}

const accounts = (amounts: Counts): string =>
  Object.entries(amounts)
    .map(([account, count]) => `${account.replace('_', ' ')} ${plain(count)}`)
    .join(', ');

const reasons = (by: Counts): string => {
  const each = Object.entries(by).map(([reason, count]) => `${reason} ${plain(count)}`);
  return plain(sumOf(by)) + (each.length === 0 ? '' : ` (${each.join(', ')})`);
};
