import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { version } from '../../src/schema/version.ts';

it('says the version of the package', () => {
  const path = new URL('../../package.json', import.meta.url);
  const { version: ofPackage } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  expect(version).toBe(ofPackage);
});
