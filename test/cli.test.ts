import { describe, expect, it } from 'vitest';
import { cli, defaultConfigFile } from '../src/cli.ts';
import type { Command } from '../src/commands/command.ts';
import { UsageError } from '../src/errors.ts';
import { exitCodes } from '../src/exitCodes.ts';

const config = defaultConfigFile;
const parse = (line: string): Command =>
  cli(
    line.split(' ').filter((word) => word !== ''),
    '1.2.3',
  );
const everything = { globs: [], format: 'pretty' } as const;

describe('the command line', () => {
  it.each<[string, Command]>([
    ['', { is: 'run', config, tap: null }],
    ['run', { is: 'run', config, tap: null }],
    ['--config /x', { is: 'run', config: '/x', tap: null }],
    ['run --config /x', { is: 'run', config: '/x', tap: null }],
    ['--tap', { is: 'tap', config, tap: everything }],
    ['run --tap', { is: 'run', config, tap: everything }],
    [
      '--tap pg_* sysstat',
      { is: 'tap', config, tap: { globs: ['pg_*', 'sysstat'], format: 'pretty' } },
    ],
    ['--tap --format ndjson', { is: 'tap', config, tap: { globs: [], format: 'ndjson' } }],
    ['--tap run', { is: 'tap', config, tap: { globs: ['run'], format: 'pretty' } }],
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
    ['--tap --format xml', 'Allowed choices are pretty, ndjson'],
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
