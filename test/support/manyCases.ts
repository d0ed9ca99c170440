import { vi } from 'vitest';

/*
 * A setup file: every property gets many times as many cases as it asks for, of new seeds, for up to a minute.
 * `PGANALYTICS_PROPERTY_TIMES` says how many times, `PGANALYTICS_PROPERTY_MS` for how long.
 */

vi.mock(import('fast-check'), async (original) => {
  const module = await original();
  const times = Number(process.env['PGANALYTICS_PROPERTY_TIMES'] ?? 30);
  const interruptAfterTimeLimit = Number(process.env['PGANALYTICS_PROPERTY_MS'] ?? 60_000);
  const assert = ((property: never, given: { readonly numRuns?: number } = {}) => {
    const numRuns = (given.numRuns ?? 100) * times;
    return module.assert(property, {
      ...given,
      ...{ numRuns, interruptAfterTimeLimit, seed: Math.floor(Math.random() * 2 ** 31) },
    });
  }) as typeof module.assert;
  return { ...module, assert, default: { ...module.default, assert } };
});
