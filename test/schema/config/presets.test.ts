import { describe, expect, it } from 'vitest';
import { configFormat } from '../../../src/io/config/configFormat.ts';
import { registry, sectionsOf } from '../../../src/sources/registry.ts';
import { configRules } from '../../../src/streams/config/localConfig.ts';
import { localOf, problemsOf } from '../../support/configuration.ts';
import { lastValueFrom, of, switchMap } from 'rxjs';

const rules = configRules({
  sections: sectionsOf(registry),
  format: configFormat,
  environment: {},
  needs: { backend: false },
});
const sectionsIn = async (text: string) => (await localOf(text, rules)).config.sections;
const on = (sections: Awaited<ReturnType<typeof sectionsIn>>): string[] =>
  Object.keys(sections).filter((type) => sections[type]?.enabled);

describe('a preset', () => {
  it('standard is what holds without one', async () => {
    expect(await sectionsIn('[collector]\npreset = "standard"\n')).toEqual(await sectionsIn(''));
  });

  it('minimal reads what alarms need, seldom', async () => {
    const sections = await sectionsIn('[collector]\npreset = "minimal"\n');
    expect(on(sections).sort()).toEqual([
      ...['agent', 'disk_usage', 'host_inventory', 'pg_event', 'pg_global', 'pg_health', 'pg_log'],
      ...['pg_replication', 'pg_stats', 'pgbouncer', 'sysstat'],
    ]);
    expect(sections['pg_stats']).toMatchObject({ interval: 300, relations_interval: 3_600 });
  });

  it('full reads everything, nothing less often than by default', async () => {
    const [full, standard] = [
      await sectionsIn('[collector]\npreset = "full"\n'),
      await sectionsIn(''),
    ];
    expect(on(full)).toEqual(Object.keys(full));
    // `[custom]` has an interval for each of its queries.
    for (const [type, { interval }] of Object.entries(full).filter(([type]) => type !== 'custom')) {
      expect(interval, type).toBeLessThanOrEqual(standard[type]!.interval);
    }
    expect(full['pg_stats']).toMatchObject({ interval: 30, max_tables: 2_000 });
  });

  it('gives way to what a section says, and to [collector] interval', async () => {
    const sections = await sectionsIn(
      '[collector]\npreset = "minimal"\ninterval = 45\n[pg_stats]\nrelations_interval = 120\n[pg_locks]\n[pg_cache]\nenabled = false\n',
    );
    expect(sections['pg_stats']).toMatchObject({
      interval: 45,
      relations_interval: 120,
      sizes_interval: 21_600,
    });
    expect(sections['pg_locks']).toMatchObject({ enabled: true, interval: 45 });
    expect(on(sections)).not.toContain('pg_cache');
    expect(on(sections)).not.toContain('pg_activity');
  });

  it('fits every section, and names no key or type that is not there', () => {
    for (const [type, section] of Object.entries(sectionsOf(registry))) {
      const { properties, presets } = section as unknown as {
        properties: Record<string, { minimum?: number; maximum?: number }>;
        presets: Record<string, Record<string, number | boolean>>;
      };
      for (const changes of Object.values(presets)) {
        for (const [key, value] of Object.entries(changes)) {
          expect(properties, `${type}.${key}`).toHaveProperty(key);
          const { minimum = -Infinity, maximum = Infinity } = properties[key] ?? {};
          if (typeof value !== 'number') continue;
          expect(value).toBeGreaterThanOrEqual(minimum);
          expect(value).toBeLessThanOrEqual(maximum);
        }
      }
    }
  });

  it('of another name is a problem that names the known ones', async () => {
    const wrong$ = of('[collector]\npreset = "ful"\n').pipe(
      switchMap((text) => localOf(text, rules)),
    );
    expect((await problemsOf(wrong$)).join()).toContain('did you mean "full"');
    await expect(lastValueFrom(wrong$)).rejects.toThrow();
  });
});
