import { EMPTY, NEVER, type Observable, Subject, map, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigError, FileError } from '../../src/errors.ts';
import type {
  ConfigFormat,
  ConfigText,
  ConfigUnreadable,
  PulledText,
} from '../../src/ports/configFile.ts';
import type { Config } from '../../src/schema/config.ts';
import type { Entry } from '../../src/schema/journal.ts';
import { config } from '../../src/streams/config.ts';
import { rulesInVirtualTime, textOf } from '../support/configuration.ts';
import { marbles } from '../support/marbles.ts';

/** A configuration stream whose inputs the test feeds by hand. */
function fed(stored: PulledText | null = null) {
  const file$ = new Subject<ConfigText | ConfigUnreadable>();
  const pulled$ = new Subject<PulledText | null>();
  const notes: Entry[] = [];
  const configs: Config[] = [];
  const errors: unknown[] = [];
  const saved: (PulledText | null)[] = [];
  const subscription = config({
    file$,
    pull: () => pulled$,
    rules: rulesInVirtualTime(),
    store: {
      load: () => of(stored),
      save: (pulled) => {
        saved.push(pulled);
        return of(undefined);
      },
    },
    note: (entry) => notes.push(entry),
  }).subscribe({
    next: (each) => configs.push(each),
    error: (error: unknown) => errors.push(error),
  });
  return {
    file: (text: string, origin: ConfigText['origin'] = 'file') =>
      file$.next(textOf(text, { origin })),
    unreadable: (problem: string) =>
      file$.next({ name: 'collector.toml', origin: 'file', problem }),
    pull: (text: string | null, version = 1) =>
      pulled$.next(text === null ? null : { text, version }),
    configs,
    errors,
    saved,
    /** The journal since the last look. */
    noted: () => notes.splice(0),
    subscription,
    file$,
    pulled$,
  };
}

const intervalOf = (each: Config | undefined): unknown => each?.sections['sysstat']?.interval;

describe('config', () => {
  it('starts with the file, and applies what changed in it', () => {
    const { file, configs, noted } = fed();
    file('[sysstat]\ninterval = 15', 'start');
    file('[sysstat]\ninterval = 5\n[tls]\nverify = false', 'signal');
    expect(configs.map(intervalOf)).toEqual([15, 5]);
    expect(noted()).toEqual([
      { at: 'config', origin: 'start', version: null, changed: [] },
      {
        at: 'config',
        origin: 'signal',
        version: null,
        changed: ['tls.verify: true → false', 'sysstat.interval: 15 → 5'],
      },
    ]);
  });

  it('says and emits nothing where nothing changed', () => {
    const { file, configs, noted } = fed();
    file('[sysstat]\ninterval = 15', 'start');
    noted();
    file('# only a comment\n[sysstat]\ninterval = 15');
    file('', 'signal');
    expect(configs).toHaveLength(1);
    expect(noted()).toEqual([]);
  });

  it('keeps the identity of what did not change', () => {
    const { file, configs } = fed();
    const servers = '[[postgres]]\nname = "a"\n[[postgres]]\nname = "b"\n';
    file(servers, 'start');
    file(`${servers}port = 1\n[sysstat]\ninterval = 5`);
    const [before, after] = configs;
    expect(after?.sections['sysstat']).not.toBe(before?.sections['sysstat']);
    expect(after?.sections['pg_stats']).toBe(before?.sections['pg_stats']);
    expect(after?.postgres[0]).toBe(before?.postgres[0]);
    expect(after?.postgres[1]).not.toBe(before?.postgres[1]);
    expect(after?.backend).toBe(before?.backend);
  });

  it('keeps the identity of servers that change places', () => {
    const { file, configs } = fed();
    file('[[postgres]]\nname = "a"\n[[postgres]]\nname = "b"', 'start');
    file('[[postgres]]\nname = "b"');
    expect(configs[1]?.postgres).toHaveLength(1);
    expect(configs[1]?.postgres[0]).toBe(configs[0]?.postgres[1]);
  });

  it('errors with everything that is wrong where the first file cannot be used', () => {
    const { file, configs, errors } = fed();
    file('[sysstat]\ninterval = 0\n[tls]\nverify = 1', 'start');
    expect(configs).toEqual([]);
    expect(errors[0]).toBeInstanceOf(ConfigError);
    expect((errors[0] as ConfigError).problems).toHaveLength(2);
  });

  it('errors with ConfigError where the first file cannot be read', () => {
    const errors: unknown[] = [];
    config({
      file$: throwError(() => new FileError('cannot read it')),
      pull: () => NEVER,
      rules: rulesInVirtualTime(),
      store: { load: () => of(null), save: () => of(undefined) },
      note: () => undefined,
    }).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([new ConfigError(['cannot read it'])]);
  });

  it('refuses a later file as a whole, keeps the last good one, and says when it is mended', () => {
    const { file, configs, noted, unreadable } = fed();
    file('[sysstat]\ninterval = 15', 'start');
    noted();
    file('[sysstat]\ninterval = 5\n[tls]\nverify = 1\nx = 1');
    const [refusal, ...others] = noted();
    expect(refusal).toMatchObject({ at: 'trouble', unit: 'config', code: 'ERR_CONFIG' });
    expect(refusal).toHaveProperty('message', expect.stringMatching(/unknown key "x"[^]*verify/));
    expect(others).toEqual([]);
    unreadable('cannot read collector.toml: EACCES');
    expect(noted()).toMatchObject([{ at: 'trouble', unit: 'config', code: 'ERR_FILE' }]);
    expect(configs.map(intervalOf)).toEqual([15]);
    file('[sysstat]\ninterval = 10');
    expect(noted()).toMatchObject([
      { at: 'config', changed: ['sysstat.interval: 15 → 10'] },
      { at: 'settled', unit: 'config' },
    ]);
    expect(configs.map(intervalOf)).toEqual([15, 10]);
  });

  it('lays a pulled text over the file, and takes it away again', () => {
    const { file, pull, configs, noted, saved } = fed();
    file('[sysstat]\ninterval = 15', 'start');
    pull('[sysstat]\ninterval = 5', 7);
    pull(null);
    expect(configs.map(intervalOf)).toEqual([15, 5, 15]);
    expect(noted()).toMatchObject([
      { origin: 'start', version: null },
      { origin: 'pull', version: 7, changed: ['sysstat.interval: 15 → 5'] },
      { origin: 'pull', version: null, changed: ['sysstat.interval: 5 → 15'] },
    ]);
    expect(saved).toEqual([{ text: '[sysstat]\ninterval = 5', version: 7 }, null]);
  });

  it('keeps the last good overlay where a pulled text is refused, also over a new file', () => {
    const { file, pull, configs, noted, saved } = fed();
    file('', 'start');
    pull('[sysstat]\ninterval = 5');
    noted();
    pull('[sysstat]\ninterval = 7\n[tls]\nverify = false');
    expect(noted()).toMatchObject([
      { at: 'trouble', unit: 'config', message: expect.stringContaining('not open') as string },
    ]);
    file('[collector]\npush_interval = 30');
    expect(configs.map(intervalOf)).toEqual([15, 5, 5]);
    expect(configs[2]?.collector.push_interval).toBe(30);
    expect(saved).toHaveLength(1);
  });

  it('accepts a refused text once the file allows it', () => {
    const { file, pull, configs } = fed();
    file('', 'start');
    pull('[pg_bloat]\nenabled = true');
    file('[pg_bloat]');
    expect(configs.map((each) => each.sections['pg_bloat']?.enabled)).toEqual([false, true]);
  });

  it('starts with the stored overlay, at once', () => {
    const { file, configs, noted, saved } = fed({ text: '[sysstat]\ninterval = 5', version: 3 });
    file('', 'start');
    expect(configs.map(intervalOf)).toEqual([5]);
    expect(noted()).toMatchObject([{ at: 'config', origin: 'start', version: 3, changed: [] }]);
    expect(saved).toEqual([]);
  });

  it('leaves every overlay out with config_pull = false', () => {
    const { file, pull, configs } = fed({ text: '[sysstat]\ninterval = 5', version: 3 });
    file('[backend]\nconfig_pull = false', 'start');
    pull('[sysstat]\ninterval = 6');
    expect(configs.map(intervalOf)).toEqual([15]);
    file('');
    expect(configs.map(intervalOf)).toEqual([15, 6]);
  });

  it('holds keys that take effect at restart, and says so', () => {
    const { file, configs, noted } = fed();
    file('', 'start');
    noted();
    file('[collector]\nstate_dir = "/elsewhere"\nhostname = "x"\n[sysstat]\ninterval = 5');
    expect(configs[1]?.collector.state_dir).toBe('/var/lib/pganalytics');
    expect(configs[1]?.collector).toBe(configs[0]?.collector);
    expect(noted()).toEqual([
      { at: 'notice', unit: 'config', message: 'collector.hostname takes effect at restart' },
      { at: 'notice', unit: 'config', message: 'collector.state_dir takes effect at restart' },
      { at: 'config', origin: 'file', version: null, changed: ['sysstat.interval: 15 → 5'] },
    ]);
  });

  it('shows no secret in what changed', () => {
    const { file, noted } = fed();
    file('[postgres]\npassword = "hunter2"', 'start');
    file('[postgres]\npassword = "hunter3"\nhost = "db2"');
    file('[[postgres]]\nname = "b"\npassword = "hunter4"');
    const said = JSON.stringify(noted());
    expect(said).toContain('postgres.main.password: changed (not shown)');
    expect(said).toContain('postgres.main.host: \\"localhost\\" → \\"db2\\"');
    expect(said).toContain('postgres.b: added');
    expect(said).toContain('postgres.main: removed');
    expect(said).not.toContain('hunter');
  });

  it('survives a store and a pull that fail', () => {
    const notes: Entry[] = [];
    const configs: Config[] = [];
    config({
      file$: of(textOf('')),
      pull: () => throwError(() => new Error('pull')),
      rules: rulesInVirtualTime(),
      store: { load: () => throwError(() => new FileError('store')), save: () => EMPTY },
      note: (entry) => notes.push(entry),
    }).subscribe((each) => configs.push(each));
    expect(configs).toHaveLength(1);
    expect(notes.filter(({ at }) => at === 'trouble')).toMatchObject([
      { code: 'ERR_FILE', message: 'store' },
      { code: 'ERR_UNEXPECTED', message: 'pull' },
    ]);
  });

  it('gives the configuration in force to the pull', () => {
    const seen: unknown[] = [];
    const file$ = new Subject<ConfigText>();
    config({
      file$,
      pull: (config$: Observable<Config>) => {
        config$.subscribe((each) => seen.push(intervalOf(each)));
        return NEVER;
      },
      rules: rulesInVirtualTime(),
      store: { load: () => of(null), save: () => EMPTY },
      note: () => undefined,
    }).subscribe();
    file$.next(textOf(''));
    file$.next(textOf('[sysstat]\ninterval = 5'));
    expect(seen).toEqual([15, 5]);
  });

  it('lets go of both inputs when it is unsubscribed', () => {
    const { subscription, file$, pulled$ } = fed();
    subscription.unsubscribe();
    expect([file$.observed, pulled$.observed]).toEqual([false, false]);
  });

  it(
    'judges one candidate after the other, in the order of their coming',
    marbles(({ cold, expectObservable }) => {
      const rules = rulesInVirtualTime();
      const a = textOf('[sysstat]\ninterval = 1');
      const b = textOf('[sysstat]\ninterval = 2\n[tls]\nverify = 1', { origin: 'file' });
      const c = textOf('[sysstat]\ninterval = 3', { origin: 'file' });
      const file$ = cold(' a--b-c---|', { a, b, c });
      const pulled$ = cold('--p-----n-|', {
        p: { text: '[sysstat]\ninterval = 9', version: 1 },
        n: null,
      });
      // The places of b's mistakes take a while to find; c waits for it.
      const slow: ConfigFormat = {
        ...rules.format,
        places: () => cold('----(m|)', { m: new Map() }),
      };
      const result$ = config({
        file$,
        pull: (): Observable<PulledText | null> => pulled$,
        rules: { ...rules, format: slow },
        store: { load: () => of(null), save: () => of(undefined) },
        note: () => undefined,
      });
      expectObservable(result$.pipe(map(intervalOf))).toBe('a-p-----n-|', { a: 1, p: 9, n: 3 });
    }),
  );
});
