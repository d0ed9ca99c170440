import { type Command as Program, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { expression } from '../tap/expression/expression.ts';
import { pointAt } from '../tap/expression/problem.ts';
import { rankings } from '../tap/rankings.ts';
import { type TapStage, stages } from '../tap/selection.ts';
import { type TapChoice, type TapFormat, formats, plainTap } from './tapChoice.ts';

/** The flags of `--tap`, as they are parsed. */
export interface TapFlags {
  readonly tap?: true | string[];
  readonly format?: TapFormat;
  readonly at?: TapStage[];
  readonly server?: string[];
  readonly database?: string[];
  readonly where?: string[];
  readonly changed?: true;
  readonly errors?: true;
  readonly sample?: number;
  readonly count?: number;
  readonly for?: number;
  readonly trace?: true | number;
  readonly fields?: string[];
  readonly history?: number;
  readonly top?: string;
  readonly expect?: string;
}

/** Adds `--tap` and its flags to a program. */
export function addTapFlags(program: Program): Program {
  const flag = <T>(
    flags: string,
    text: string,
    parse?: (value: string, before: T) => T,
  ): Option => {
    const option = new Option(flags, text);
    return parse ? option.argParser(parse) : option;
  };
  const options = [
    flag(
      '--tap [GLOB...]',
      'show metrics live, of a running agent or, where none runs, read by itself; never delivers. ' +
        'With `run` it watches the agent. A GLOB picks types (pg_*) or units; postgres://… picks a server',
    ),
    flag(
      '--format <FORM>',
      'pretty (default on a terminal), ndjson (default elsewhere), json, csv',
    ).choices(formats),
    flag('--at <STAGES>', `stages: ${stages.join(', ')} (default validated)`, stageList),
    flag('--server <GLOBS>', 'servers by name', listed),
    flag('--database <GLOBS>', 'databases by name', listed),
    flag(
      '--where <EXPRESSION>',
      'a condition on fields: "any(tables, dead_tuples > 1000)"',
      condition,
    ),
    flag('--changed', 'only metrics whose values moved'),
    flag('--errors', 'only what went wrong'),
    flag('--sample <1/N>', 'one of N metrics', sample),
    flag('-n, --count <COUNT>', 'end after so many', atLeastOne),
    flag('--for <SPAN>', 'end after a time: 30s, 5m, 1h', spanMs),
    flag('--trace [NUMBER]', 'follow one metric through all stages; default: the next', seq),
    flag('--fields <FIELDS>', 'only these: server,cpu.user,tables.name', listed),
    flag('--history <SPAN>', 'show first what the agent remembers of that time: 5m', spanMs),
    flag(
      '--top <FIELD>',
      `a live table by rate of a field (tables.seq_scan), of a sum (a+b), or: ${Object.keys(rankings).join(', ')}`,
    ),
    flag('--expect <EXPRESSION>', 'exit 0 when a metric fits, 1 when none did (needs --for)'),
  ];
  for (const option of options) program.addOption(option);
  return program;
}

/** What a tap is asked to show; null without `--tap`. Throws `UsageError` where flags do not go together. */
export function tapChoice(flags: TapFlags): TapChoice | null {
  if (flags.tap === undefined) {
    const alone = given(flags);
    if (alone !== undefined) throw new UsageError(`--${alone} needs --tap; see --help`);
    return null;
  }
  const words = flags.tap === true ? [] : flags.tap;
  const isTarget = (word: string): boolean => /^postgres(ql)?:\/\//.test(word);
  const [target = null, another] = words.filter(isTarget);
  if (another !== undefined) throw new UsageError('--tap takes one address; see --help');
  const { trace, expect, where = [] } = flags;
  if (expect !== undefined && flags.for === undefined) {
    throw new UsageError('--expect needs --for, e.g. --for 15s; see --help');
  }
  if (trace !== undefined && (flags.at ?? flags.changed ?? flags.top ?? expect)) {
    throw new UsageError(
      '--trace shows all stages: it goes with no --at, --changed, --top, --expect',
    );
  }
  if (flags.top !== undefined && (flags.format ?? flags.fields ?? expect)) {
    throw new UsageError('--top draws a table: it goes with no --format, --fields, --expect');
  }
  return {
    selection: {
      types: words.filter((word) => !isTarget(word)),
      at: flags.at ?? [],
      events: false,
      servers: flags.server ?? [],
      databases: flags.database ?? [],
      where: [...where, ...(expect === undefined ? [] : condition(expect, []))],
      having: flags.fields ?? [],
      changed: flags.changed ?? false,
      errors: flags.errors ?? false,
      sample: flags.sample ?? 1,
      trace: trace === true ? 'next' : (trace ?? null),
      historyMs: flags.history ?? 0,
    },
    format: flags.format ?? plainTap.format,
    fields: flags.fields ?? [],
    count: expect === undefined ? (flags.count ?? null) : 1,
    forMs: flags.for ?? null,
    expect: expect !== undefined,
    top: flags.top ?? null,
    target,
  };
}

/** The first flag of a tap that was given. */
export const given = (flags: TapFlags): string | undefined =>
  tapNames.find((name) => flags[name] !== undefined);

const tapNames = [
  ...([
    'format',
    'at',
    'server',
    'database',
    'where',
    'changed',
    'errors',
    'sample',
    'count',
  ] as const),
  ...(['for', 'trace', 'fields', 'history', 'top', 'expect'] as const),
];

const listed = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
];

function stageList(text: string, before: readonly TapStage[] = []): TapStage[] {
  const found = listed(text).map((word) => {
    const stage = stages.find((each) => each === word);
    if (!stage) throw new InvalidArgumentError(`Stages are ${stages.join(', ')}.`);
    return stage;
  });
  return [...new Set([...before, ...found])];
}

function condition(text: string, before: readonly string[] = []): string[] {
  const read = expression(text);
  if (typeof read !== 'function') throw new UsageError(`expression: ${pointAt(text, read)}`);
  return [...before, text];
}

function sample(text: string): number {
  const [, of] = /^1\/([1-9]\d{0,8})$/.exec(text) ?? [];
  if (of === undefined) throw new InvalidArgumentError('Write 1/10 for one of ten.');
  return Number(of);
}

function atLeastOne(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(text);
}

function seq(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Write the number of a metric.');
  return Number(text);
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** At most a day, so that no timer overflows. */
function spanMs(text: string): number {
  const [, digits = '', unit = 's'] = /^(\d{1,9}(?:\.\d+)?)(ms|s|min|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (UNITS[unit] ?? 1_000));
  if (digits === '' || ms < 1 || ms > 86_400_000) {
    throw new InvalidArgumentError('Write a time up to a day, e.g. 500ms, 30s, 5m, 1h.');
  }
  return ms;
}
