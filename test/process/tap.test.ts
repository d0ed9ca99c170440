import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { dirname, join } from 'node:path';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startBackend } from '../../dev/backend/startBackend.ts';
import { attach } from '../../src/io/tapSocket/attach.ts';
import { everything } from '../../src/tap/selection.ts';
import { type AgentProcess, newFolder, runAgent, startAgent } from '../support/agentProcess.ts';
import { install } from '../support/installation.ts';
import { needs } from '../support/needs.ts';
import { residentMb } from '../support/residentMb.ts';

/*
 * Agent and taps as processes of their own.
 */

let folder: string;
let config: string;
let socket: string;

beforeEach(async () => {
  folder = await newFolder();
  config = join(folder, 'collector.toml');
  socket = join(folder, 'state', 'tap.sock');
  await writeFile(join(folder, 'secret'), 'x'.repeat(64), { mode: 0o600 });
  await writeFile(
    config,
    `[collector]\nstate_dir = "${folder}/state"\n[backend]\nurl = "http://127.0.0.1:9"\nallow_plain_http = true\n` +
      `[auth]\nmode = "shared_secret"\nsecret_file = "${folder}/secret"\n[sysstat]\ninterval = 1\n[agent]\ninterval = 1\n`,
    { mode: 0o600 },
  );
});

const within = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 });
const tap = (...args: readonly string[]): AgentProcess =>
  startAgent({ args: ['--tap', ...args, '--config', config] });
const answered = (): Promise<unknown> =>
  within(async () => {
    const [hello] = await lastValueFrom(attach(socket, request()).pipe(take(1), toArray()));
    expect(hello).toMatchObject({ is: 'line' });
  });
const request = (selection: object = {}): string => JSON.stringify({ ...everything, ...selection });
async function agent(): Promise<AgentProcess> {
  const started = startAgent({ args: ['run', '--config', config] });
  await answered();
  return started;
}
/** Of the last line that is whole. */
const lastSeq = (text: string): number =>
  Number(/"metric_seq":(\d+)/.exec(text.split('\n').at(-2) ?? '')?.[1]);

describe('--tap', { timeout: 90_000 }, () => {
  it('attaches to the agent that runs, says so on stderr, and gives NDJSON in a pipe', async () => {
    await agent();
    const watching = tap('sysstat', '-n', '2', '--history', '1m');
    expect(await watching.ended).toBe(0);
    expect(watching.stderr()).toContain('attached to the agent');
    const lines = watching.stdout().trimEnd().split('\n');
    expect(lines.map((text) => JSON.parse(text) as object)).toMatchObject([
      { tap_seq: 1, at: 'validated', type: 'sysstat' },
      { tap_seq: 2, at: 'validated', type: 'sysstat' },
    ]);
  });

  it('reads by itself where no agent runs, says so, and leaves nothing behind', async () => {
    const watching = tap('sysstat', '-n', '1', '--format', 'csv', '--fields', 'host,cpu.idle');
    expect(await watching.ended).toBe(0);
    expect(watching.stderr()).toContain('reads by itself');
    expect(watching.stdout()).toMatch(/^tap_seq,host,cpu\.idle\n1,/);
    expect((await readdir(folder)).sort()).toEqual(['collector.toml', 'secret']);
  });

  it('names the nearest of what is not there: type, field, server, ranking', async () => {
    const watching = tap('sysstats', '--where', 'cpu.usr > 1', '--server', 'mian', '--for', '1s');
    expect(await watching.ended).toBe(0);
    for (const said of [
      'no type fits "sysstats"; did you mean "sysstat"?',
      'no metric has a field "cpu.usr"; did you mean "cpu.user"?',
      'no server fits "mian"; none is configured',
      'nothing was selected',
    ]) {
      expect(watching.stderr()).toContain(said);
    }
    const ranked = await runAgent('--tap', '--top', 'writs', '--config', config);
    expect([ranked.code, ranked.stderr]).toEqual([2, expect.stringContaining('"writes"')]);
  });

  it('answers a script: 0 where a metric fits, 1 where none did in time', async () => {
    const yes = tap('--expect', "type == 'sysstat'", '--for', '60s');
    const no = tap('--expect', "type == 'sysstat' and host == ''", '--for', '2s');
    expect([await yes.ended, await no.ended]).toEqual([0, 1]);
  });

  it('prints its table now and then where there is no terminal', async () => {
    const watching = tap('--top', 'cpu.load_1m');
    await watching.shows(/^\d{4}-.*Z\ncpu\.load_1m by value · 1 rows\n +rate +value/m, 60_000);
    expect(await watching.stop()).toBe(0);
  });
});

describe('an agent with taps', { timeout: 120_000 }, () => {
  it('goes on when a tap is stopped or killed, and a tap ends when the agent is killed', async () => {
    const running = await agent();
    const [stopped, killed, last] = [tap(), tap(), tap('sysstat')];
    await within(() => {
      for (const each of [stopped, killed, last]) expect(each.stdout()).toContain('\n');
    });
    stopped.signal('SIGSTOP');
    killed.signal('SIGKILL');
    const before = lastSeq(last.stdout());
    await within(() => expect(lastSeq(last.stdout())).toBeGreaterThan(before + 3));
    running.signal('SIGKILL');
    expect(await last.ended).toBe(1);
    expect(last.stderr()).toContain('the agent is gone');
    // What the killed agent left does not keep the next one from listening.
    await agent();
    const again = tap('-n', '1');
    expect(await again.ended).toBe(0);
    expect(again.stderr()).toContain('attached');
  });

  it('tells its taps that it ends', async () => {
    const backend = await startBackend();
    onTestFinished(() => backend.stop());
    ({ config, stateDir: folder } = await install({
      backend,
      sections: '[sysstat]\ninterval = 1',
    }));
    socket = join(folder, 'tap.sock');
    const running = await agent();
    const watching = tap();
    await watching.shows('"at"');
    running.signal('SIGTERM');
    expect(await watching.ended).toBe(0);
    expect(watching.stderr()).toContain('the agent has ended');
    expect(await running.ended).toBe(0);
    await expect(stat(socket)).rejects.toThrow('ENOENT');
  });

  it('lets taps attach and detach a thousand times, and keeps neither file nor memory of them', async () => {
    const { pid } = await agent();
    const files = async (): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;
    const round = (): Promise<unknown> =>
      firstValueFrom(attach(socket, request({ historyMs: 60_000 })).pipe(take(1)));
    for (let n = 0; n < 200; n++) await round();
    const [filesBefore, memoryBefore] = [await files(), residentMb(pid)];
    for (let n = 0; n < 1_000; n++) await round();
    await within(async () => expect(await files()).toBeLessThanOrEqual(filesBefore));
    expect(residentMb(pid) - memoryBefore).toBeLessThan(15);
  });

  it('gives ten taps at once the same, one of which never reads', async () => {
    await agent();
    const deaf: Socket = connect(socket);
    deaf.write(`${request()}\n`);
    const answers = await Promise.all(
      Array.from({ length: 9 }, () =>
        lastValueFrom(attach(socket, request({ types: ['sysstat'] })).pipe(take(4), toArray())),
      ),
    );
    deaf.destroy();
    const metrics = answers.map((lines) =>
      lines
        .slice(1)
        .map((found) => (found.is === 'line' ? found.text.replace(/^.*?"line"/, '') : '')),
    );
    // They attached one after the other: what the last one saw first, all saw.
    const common = metrics.map((lines) =>
      lines.filter((text) => metrics.every((all) => all.includes(text))),
    );
    expect(common[0]?.length).toBeGreaterThan(0);
    expect(new Set(common.map((lines) => lines.join('\n'))).size).toBe(1);
  });

  it('refuses another user, and says whose it is', async () => {
    await agent();
    if (process.getuid?.() !== 0) {
      await chmod(socket, 0);
      const refused = await runAgent('--tap', '--config', config);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('sudo -u')]);
      return;
    }
    // Root may everything: another user asks, who must be able to read the program and the configuration.
    const open = join(folder, 'open');
    await mkdir(open, { mode: 0o755 });
    await cp(dirname(inject('bundle')), open, { recursive: true });
    await writeFile(join(open, 'c.toml'), await readFile(config, 'utf8'), { mode: 0o644 });
    await chmod(folder, 0o755);
    const { mode } = await stat(dirname(folder));
    if (!needs('a temporary folder that other users can enter', mode & 0o001)) return;
    const refused = startAgent({
      program: join(open, 'main.js'),
      args: ['--tap', '--config', join(open, 'c.toml')],
      uid: 65_534,
    });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toContain('only root may; run this as that user: sudo -u root');
  });

  it('says that nobody can attach where the path of the socket is too long, and works on', async () => {
    const long = join(folder, 'x'.repeat(100));
    await writeFile(config, (await readFile(config, 'utf8')).replace(`${folder}/state`, long));
    const running = startAgent({ args: ['run', '--config', config] });
    await running.says(/no tap can attach: the path .* has \d+ bytes/);
    const watching = await runAgent('--tap', 'sysstat', '-n', '1', '--config', config);
    expect([watching.code, watching.stderr]).toEqual([0, expect.stringMatching(/has \d+ bytes/)]);
  });
});
