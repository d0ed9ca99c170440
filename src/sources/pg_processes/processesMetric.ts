import { chooser } from '../../postgres/choose.ts';
import type { Json } from '../../schema/json.ts';
import type { Metric } from '../../schema/metric.ts';
import { cutText } from '../cutText.ts';
import type { OidNames } from '../oidNames.ts';
import { rounded } from '../rounded.ts';
import { timestampNow } from '../timestamp.ts';
import type { Look, ServerProcess } from './look.ts';
import type { ProcessSession } from './sessions.ts';
import { type Usage, usage } from './usage.ts';

export interface ProcessesContext {
  readonly server: string;
  readonly host: string;
  readonly names: OidNames;
  readonly sessions: ReadonlyMap<number, ProcessSession>;
  /** Rows of `top`, and of `others`. */
  readonly top: number;
  readonly redacts: boolean;
  /** `track_activity_query_size`. */
  readonly serverBytes: number;
}

/** The metric of a look, with rates since the one before. */
export function processesMetric(before: Look | null, now: Look, context: ProcessesContext): Metric {
  const usageOf = usage(before, now);
  const used = new Map(now.server.map((process) => [process, usageOf(process)]));
  const of = (process: ServerProcess): Usage => used.get(process) ?? usageOf(process);
  const io = ({ readBytesPerSecond, writeBytesPerSecond }: Usage): number =>
    (readBytesPerSecond ?? 0) + (writeBytesPerSecond ?? 0);
  const choice = chooser<ServerProcess>({
    max: context.top,
    rankings: [
      (each) => of(each).cpuPercent ?? each.ticks / 1e9,
      (each) => each.anonymousBytes ?? each.pages,
      (each) => io(of(each)),
    ],
    keep: () => false,
  });
  choice.add(now.server);
  const { chosen, total } = choice.result();
  const usages = [...used.values()];
  return {
    type: 'pg_processes',
    timestamp: timestampNow(),
    server: context.server,
    host: context.host,
    interval_seconds: before === null ? null : rounded(now.uptime - before.uptime),
    processes: total,
    cpu_percent: sum(usages.map(({ cpuPercent }) => cpuPercent)),
    anonymous_bytes: sum(now.server.map(({ anonymousBytes }) => anonymousBytes)),
    read_bytes_per_s: sum(usages.map(({ readBytesPerSecond }) => readBytesPerSecond)),
    write_bytes_per_s: sum(usages.map(({ writeBytesPerSecond }) => writeBytesPerSecond)),
    top: chosen.map((process) => processRow(process, of(process), context)),
    others: others(before, now, context.top),
    truncated: chosen.length < total,
    total,
  };
}

/** Null where nothing was measured. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : rounded(known.reduce((all, value) => all + value, 0));
}

function processRow(process: ServerProcess, used: Usage, context: ProcessesContext): Json {
  const { names, sessions } = context;
  const session = sessions.get(process.pid);
  const text = cutText(session?.query ?? null, context);
  return {
    pid: process.pid,
    backend_type: session?.backendType ?? null,
    database: names.database(session?.datid ?? null),
    user: names.role(session?.usesysid ?? null),
    application_name: session?.application ?? null,
    client_addr: session?.client ?? null,
    state: session?.state ?? null,
    wait_event_type: session?.waitType ?? null,
    wait_event: session?.waitEvent ?? null,
    query_id: session?.queryId ?? null,
    query: text.query,
    query_truncated: text.query_truncated,
    process_state: process.state,
    cpu_ms: process.ticks * 10,
    cpu_percent: used.cpuPercent,
    resident_bytes: process.residentBytes,
    anonymous_bytes: process.anonymousBytes,
    shared_bytes: process.sharedBytes,
    swap_bytes: process.swapBytes,
    read_bytes: process.readBytes,
    write_bytes: process.writeBytes,
    read_bytes_per_s: used.readBytesPerSecond,
    write_bytes_per_s: used.writeBytesPerSecond,
  };
}

interface Program {
  readonly name: string;
  processes: number;
  cpu: number | null;
  pages: number;
}

/** Programs beside the server, those with most processor time and those with most memory taking turns. */
function others(before: Look | null, now: Look, top: number): Json[] {
  const usageOf = usage(before, now);
  const programs = new Map<string, Program>();
  for (const process of now.others) {
    const { name, pages } = process;
    let program = programs.get(name);
    if (!program) programs.set(name, (program = { name, processes: 0, cpu: null, pages: 0 }));
    const { cpuPercent } = usageOf(process);
    program.processes += 1;
    program.pages += pages;
    if (cpuPercent !== null) program.cpu = (program.cpu ?? 0) + cpuPercent;
  }
  const choice = chooser<Program>({
    max: top,
    rankings: [({ cpu }) => cpu ?? 0, ({ pages }) => pages],
    keep: () => false,
  });
  choice.add([...programs.values()]);
  return choice.result().chosen.map(({ name, processes, cpu, pages }) => ({
    name,
    processes,
    cpu_percent: cpu === null ? null : rounded(cpu),
    resident_bytes: pages * now.pageBytes,
  }));
}
