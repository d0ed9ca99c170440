import { Command as Program, CommanderError } from 'commander';
import type { Command } from './commands/command.ts';
import { defaultConfigFile } from './commands/defaultConfigFile.ts';
import {
  type RecordFlags,
  type ReplayFlags,
  addRecordFlags,
  addReplayFlags,
  recordChoice,
  replaySpeed,
} from './commands/recordFlags.ts';
import { type StateFlags, addDeadFlags, asJson, deadChoice } from './commands/stateFlags.ts';
import { type TapFlags, addTapFlags, given, tapChoice } from './commands/tapFlags.ts';
import { UsageError } from './errors.ts';
import { exitCodeMeanings } from './exitCodes.ts';
import { nearest } from './schema/config/nearest.ts';
import { printable } from './schema/printable.ts';

export { defaultConfigFile };

interface Flags extends TapFlags, RecordFlags {
  readonly config: string;
  readonly once?: true;
  readonly dryRun?: true;
}

/**
 * What a command line asks for. Reads nothing but its arguments and does nothing.
 *
 * @param argv the arguments behind the program's name
 * @throws UsageError where they cannot be understood, or where one of them holds a password
 */
export function cli(argv: readonly string[], version: string): Command {
  refusePasswords(argv);
  let asked: Command | undefined;
  let printed = '';
  const print = (text: string): void => {
    printed += text;
  };
  const program = describe(version, (command) => {
    asked = command;
  });
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({
      writeOut: print,
      writeErr: () => undefined,
      getOutHasColors: () => false,
    });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { is: 'print', text: printed };
    throw new UsageError(
      `${printable(error.message.replace(/^error: /, '').replace(/\n/g, ' '))}; see --help`,
    );
  }
  if (!asked) throw new UsageError('nothing to do; see --help');
  return asked;
}

/** The program's description; `ask` is told what was asked for. */
function describe(version: string, ask: (command: Command) => void): Program {
  const program = new Program('pganalytics-collector');
  program
    .description(
      'Reads PostgreSQL servers and their host, and delivers the metrics to a pgAnalytics backend.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--config <FILE>', 'the configuration file', defaultConfigFile)
    .option('--once', 'read every enabled source once, deliver, end')
    .option('--dry-run', 'like --once, but print the payload on stdout instead of delivering it')
    .addHelpText('after', footer);
  addTapFlags(program);
  addRecordFlags(program);
  const command = (name: string, text: string): Program =>
    program
      .command(name, { isDefault: name === 'run' })
      .description(text)
      .helpOption('-h, --help', 'print this help');
  command('run', 'the agent: collect and deliver until SIGTERM or SIGINT (default)')
    .allowExcessArguments(true)
    .action((_, run: Program) => {
      // The flags of `run` may stand without the word: then `--tap` alone means a tail that never delivers.
      const named = program.args[0] === 'run';
      const flags = run.optsWithGlobals<Flags>();
      const [word] = run.args;
      // Patterns may stand behind other flags as well: `--tap --config FILE pg_*`.
      const isPattern = flags.tap !== undefined && !named;
      if (word !== undefined && !isPattern) throw unknownCommand(word, program);
      const words = flags.tap === true ? [] : (flags.tap ?? []);
      const tap = isPattern ? { tap: [...words, ...run.args] } : {};
      ask(agentOrReading({ ...flags, ...tap }, named));
    });
  addReplayFlags(
    command('replay', 'run the agent on a recording, against the backend as it was recorded'),
  ).action((file: string, own: ReplayFlags, replay: Program) => {
    const flags = replay.optsWithGlobals<Flags>();
    const { once, dryRun = false, record } = flags;
    if (once ?? record) throw new UsageError('replay takes no --once and no --record; see --help');
    if (own.deliver && (dryRun || own.instant)) {
      throw new UsageError('--deliver needs real time: it goes with no --instant and no --dry-run');
    }
    ask({
      is: 'replay',
      file,
      speed: replaySpeed(own),
      tap: tapChoice(flags),
      dryRun,
      deliver: own.deliver ? flags.config : null,
    });
  });
  command('register', 'obtain an identity from the backend')
    .option('--force', 'make a new collector although there is an identity')
    .action((own: { force?: true }, register: Program) => {
      ask({ is: 'register', config: onlyConfig(register, 'register'), force: own.force ?? false });
    });
  command(
    'check',
    'judge configuration, servers, roles, certificates and backend; each finding with a remedy',
  ).action((_, check: Program) => ask({ is: 'check', config: onlyConfig(check, 'check') }));
  addDeadFlags(
    command('dead', 'what the backend refused and what else was set aside: list, retry or drop it'),
  ).action((work: string, words: string[], _, dead: Program) => {
    const flags = dead.optsWithGlobals<Flags & StateFlags>();
    const json = asJson(flags);
    ask({ is: 'dead', config: onlyConfig(dead, 'dead'), ...deadChoice(work, words, flags), json });
  });
  command(
    'status',
    'how the collector does: delivery, spool, token, certificates, each source; exit 1 where no agent runs',
  ).action((_, status: Program) => {
    const json = asJson(status.optsWithGlobals<Flags>());
    ask({ is: 'status', config: onlyConfig(status, 'status'), json });
  });
  command(
    'import',
    'queries of postgres_exporter (queries.yaml) or pgwatch as [custom.<name>] on stdout; runs nothing',
  )
    .argument('<FILE>', 'a YAML file')
    .action((file: string, _, own: Program) => {
      onlyConfig(own, 'import');
      ask({ is: 'import', file });
    });
  return program;
}

function agentOrReading(flags: Flags, run: boolean): Command {
  const { config, dryRun = false } = flags;
  const once = flags.once ?? dryRun;
  const record = recordChoice(flags);
  const recording = record ? { record } : {};
  if (record && (once || (flags.tap !== undefined && !run))) {
    throw new UsageError('--record goes alone, with `run`, and with `run --tap`; see --help');
  }
  if (record && !run) {
    const { for: forMs, ...others } = flags;
    tapChoice(others);
    return { is: 'record', config, record, forMs: forMs ?? null };
  }
  const tap = tapChoice(flags);
  if (!tap)
    return once ? { is: 'once', config, dryRun } : { is: 'run', config, tap: null, ...recording };
  if (once) throw new UsageError('--tap does not go with --once or --dry-run; see --help');
  if (run && tap.target !== null) {
    throw new UsageError('`run` reads what is configured: an address goes with --tap alone');
  }
  return run ? { is: 'run', config, tap, ...recording } : { is: 'tap', config, tap };
}

/** What each command takes beside `--config`. */
const besideConfig: Readonly<Record<string, string>> = {
  register: ' and --force',
  dead: ', --format and --all',
  status: ' and --format',
};

/** The configuration file of a command that takes no flags of the agent. */
function onlyConfig(command: Program, name: string): string {
  const { format, ...flags } = command.optsWithGlobals<Flags>();
  const { config, once, dryRun, tap, record, maxBytes } = flags;
  const takesFormat = name === 'dead' || name === 'status';
  if (
    once ??
    dryRun ??
    tap ??
    record ??
    maxBytes ??
    given(flags) ??
    (takesFormat ? null : format)
  ) {
    throw new UsageError(`${name} takes only --config${besideConfig[name] ?? ''}; see --help`);
  }
  return config;
}

function unknownCommand(word: string, program: Program): UsageError {
  const names = program.commands.map((command) => command.name());
  const meant = nearest(word, names);
  const hint = meant === undefined ? `known: ${names.join(', ')}` : `did you mean "${meant}"?`;
  return new UsageError(`unknown command "${printable(word)}"; ${hint}`);
}

const passwordPatterns = [
  // postgres://user:password@host
  /:\/\/[^\s/]*:\S*@/,
  // host=x password=y
  /\bpassword\s*=/i,
  /^--?(?:pg)?pass(?:word|wd)?\b/i,
];

/** Every user of the host can read the arguments of a process. */
function refusePasswords(argv: readonly string[]): void {
  if (!argv.some((argument) => passwordPatterns.some((pattern) => pattern.test(argument)))) return;
  throw new UsageError(
    'an argument holds a password, and every user of this host can read arguments (ps); change that password, ' +
      'and set PGPASSWORD, ~/.pgpass, or password_file in [postgres] of the configuration file instead',
  );
}

const footer = `
Examples:
  pganalytics-collector --config /etc/pganalytics/collector.toml
  pganalytics-collector check
  pganalytics-collector register
  pganalytics-collector status --format json
  pganalytics-collector dead list
  pganalytics-collector dead retry 42 43
  pganalytics-collector --once --dry-run | head -c 1000
  pganalytics-collector run --tap sysstat
  pganalytics-collector --record storm.ndjson.gz --max-bytes 16MB --for 10m
  pganalytics-collector run --record start.ndjson.gz
  pganalytics-collector replay storm.ndjson.gz --instant --tap
  pganalytics-collector replay storm.ndjson.gz --speed 10x --deliver --config lab.toml

  pganalytics-collector --tap 'pg_*' --server main --changed
  pganalytics-collector --tap pg_stats --where 'any(tables, dead_tuples > live_tuples)' -n 1
  pganalytics-collector --tap --at sent,dropped --history 5m
  pganalytics-collector --tap pg_stats --trace
  pganalytics-collector --tap sysstat --fields timestamp,cpu.user,cpu.iowait --format csv

Signals: SIGTERM and SIGINT end it cleanly (a second one aborts); SIGHUP reads the configuration again.

Exit codes:
${exitCodeMeanings.map(([code, meaning]) => `  ${code.padEnd(9)}${meaning}`).join('\n')}
`;
