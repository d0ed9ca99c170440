import { expect, it } from 'vitest';
import * as errors from '../src/errors.ts';

it('an error has its class’s name by itself, since the bundle has shorter ones', () => {
  const own = Object.entries(errors).filter(
    ([name]) => name.endsWith('Error') && name !== 'CollectorError',
  );
  expect(own.length).toBeGreaterThan(5);
  for (const [name, made] of own as [string, new (...given: readonly never[]) => Error][]) {
    const error = Reflect.construct(made, [[], '', '', '']) as Error;
    expect(Object.getOwnPropertyDescriptor(error, 'name')?.value).toBe(name);
  }
});
