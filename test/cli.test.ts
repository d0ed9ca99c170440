import { describe, expect, it } from 'vitest';
import { cli, defaultConfigFile } from '../src/cli.ts';
import type { Command } from '../src/commands/command.ts';
import { type TapChoice, plainTap } from '../src/commands/tapChoice.ts';
import { UsageError } from '../src/errors.ts';
import { exitCodes } from '../src/exitCodes.ts';

const config = defaultConfigFile;
const parse = (line: string): Command =>
  cli(
    line.split(' ').filter((word) => word !== ''),
    '1.2.3',
  );
const tapping = (set: Partial<TapChoice> = {}, types: string[] = []): TapChoice => ({
  ...plainTap,
  selection: { ...plainTap.selection, types },
  ...set,
});
const everything = tapping();
const selected = (set: Partial<TapChoice['selection']>): Command => ({
  is: 'tap',
  config,
  tap: tapping({ selection: { ...plainTap.selection, ...set } }),
});

describe('the command line', () => {
  it.each<[string, Command]>([
    ['dead list', { is: 'dead', config, work: 'list', wanted: null, json: false }],
    [
      'dead retry 42 43-0 --config /x',
      { is: 'dead', config: '/x', work: 'retry', wanted: ['42', '43-0'], json: false },
    ],
    [
      'dead drop --all --format json',
      { is: 'dead', config, work: 'drop', wanted: null, json: true },
    ],
    ['status', { is: 'status', config, json: false }],
    ['status --format json', { is: 'status', config, json: true }],
    ['', { is: 'run', config, tap: null }],
    ['run', { is: 'run', config, tap: null }],
    ['--config /x', { is: 'run', config: '/x', tap: null }],
    ['run --config /x', { is: 'run', config: '/x', tap: null }],
    ['--tap', { is: 'tap', config, tap: everything }],
    ['run --tap', { is: 'run', config, tap: everything }],
    ['--tap pg_* sysstat', { is: 'tap', config, tap: tapping({}, ['pg_*', 'sysstat']) }],
    ['--tap --format ndjson', { is: 'tap', config, tap: tapping({ format: 'ndjson' }) }],
    ['--tap run', { is: 'tap', config, tap: tapping({}, ['run']) }],
    ['--tap --at sent,acked --at sent', selected({ at: ['sent', 'acked'] })],
    [
      '--tap --server a*,b --database shop',
      selected({ servers: ['a*', 'b'], databases: ['shop'] }),
    ],
    ['--tap --where up==0 --where x~"y"', selected({ where: ['up==0', 'x~"y"'] })],
    [
      '--tap --changed --errors --sample 1/10',
      selected({ changed: true, errors: true, sample: 10 }),
    ],
    ['--tap --trace', selected({ trace: 'next' })],
    ['--tap --trace 7 --history 5m', selected({ trace: 7, historyMs: 300_000 })],
    ['--tap -n 3 --for 1.5s', { is: 'tap', config, tap: tapping({ count: 3, forMs: 1_500 }) }],
    [
      '--tap --fields a,b.c',
      {
        is: 'tap',
        config,
        tap: tapping({
          fields: ['a', 'b.c'],
          selection: { ...plainTap.selection, having: ['a', 'b.c'] },
        }),
      },
    ],
    ['--tap --config /x pg_*', { is: 'tap', config: '/x', tap: tapping({}, ['pg_*']) }],
    [
      '--tap pg_* postgres://me@db/shop',
      { is: 'tap', config, tap: tapping({ target: 'postgres://me@db/shop' }, ['pg_*']) },
    ],
    [
      '--tap --expect up==1 --for 15s',
      {
        is: 'tap',
        config,
        tap: tapping({
          expect: true,
          count: 1,
          forMs: 15_000,
          selection: { ...plainTap.selection, where: ['up==1'] },
        }),
      },
    ],
    ['--once', { is: 'once', config, dryRun: false }],
    ['--dry-run', { is: 'once', config, dryRun: true }],
    ['--once --dry-run --config /x', { is: 'once', config: '/x', dryRun: true }],
    ['register', { is: 'register', config, force: false }],
    ['register --force --config /x', { is: 'register', config: '/x', force: true }],
    ['--config /x check', { is: 'check', config: '/x' }],
  ])('understands "%s"', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  it.each([
    ['chek', 'unknown command "chek"; did you mean "check"?'],
    ['run twice', 'unknown command "twice"'],
    ['--versoin', 'Did you mean --version?'],
    ['--config', 'argument missing'],
    ['--format ndjson', '--format needs --tap'],
    ['--where up', '--where needs --tap'],
    ['--tap --format xml', 'Allowed choices are pretty, ndjson, json, csv'],
    ['--tap --at sended', 'Stages are source, validated'],
    ['--tap --where up==', 'the expression ends here (column 5)'],
    ['--tap --sample 10', 'Write 1/10'],
    ['--tap -n 0', 'a whole number from 1'],
    ['--tap --for 2d', 'Write a time up to a day'],
    ['--tap --trace pg_stats', 'Write the number of a metric'],
    ['--tap --expect up', '--expect needs --for'],
    ['--tap --trace --at sent', '--trace shows all stages'],
    ['--tap --top x --format csv', '--top draws a table'],
    ['--tap postgres://a postgres://b', 'one address'],
    ['run --tap postgres://a', 'an address goes with --tap alone'],
    ['check --at sent', 'check takes only --config'],
    ['--once --tap', '--tap does not go with'],
    ['check --once', 'check takes only --config'],
    ['register --tap', 'register takes only --config and --force'],
    ['check --force', "unknown option '--force'"],
    ['\u001b[2J', 'unknown command "\\x1b[2J"'],
  ])('refuses "%s" and says why', (line, why) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(why);
  });

  it.each([
    'postgres://app:hunter2@db/app',
    '--config postgresql://app:hunter2@db',
    'run https://u:hunter/2@host',
    '--password=hunter2',
    '--password hunter2',
    '--pgpassword hunter2',
    'password=hunter2',
  ])('refuses a password in "%s", names the alternative and does not repeat it', (line) => {
    const refusal = (): Command => parse(line);
    expect(refusal).toThrow(UsageError);
    expect(refusal).toThrow('password_file');
    expect(refusal).not.toThrow(/hunter/);
  });

  it('does not take a proxy port or a path for a password', () => {
    expect(parse('--config /etc/passwords/collector.toml')).toMatchObject({ is: 'run' });
    expect(parse('--tap http://x:80')).toMatchObject({ is: 'tap' });
  });

  it('prints its version and its help, with examples and every exit code', () => {
    expect(parse('--version')).toEqual({ is: 'print', text: '1.2.3\n' });
    const help = parse('--help');
    const text = help.is === 'print' ? help.text : '';
    expect(text).toContain('Examples:');
    for (const flag of [
      '--config',
      '--once',
      '--dry-run',
      '--tap',
      '--format',
      'register',
      'check',
    ]) {
      expect(text).toContain(flag);
    }
    for (const code of Object.values(exitCodes))
      expect(text).toMatch(new RegExp(`^  ${code} `, 'm'));
    expect(parse('check --help')).toMatchObject({ is: 'print' });
  });

  it('keeps nothing from one call to the next', () => {
    expect(parse('--once')).toEqual(parse('--once'));
    expect(parse('')).toEqual({ is: 'run', config, tap: null });
  });
});
