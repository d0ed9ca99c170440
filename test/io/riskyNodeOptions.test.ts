import { expect, it } from 'vitest';
import { riskyNodeOptions } from '../../src/io/riskyNodeOptions.ts';

it.each([
  [undefined, []],
  ['', []],
  ['--max-old-space-size=200  --no-warnings', []],
  ['--require=/opt/secret.cjs --max-semi-space-size=2', ['--require']],
  ['-r /opt/x.cjs --inspect-brk=0.0.0.0:9229', ['-r', '--inspect-brk']],
  [
    '--tls-min-v1.0 --use-openssl-ca --import tsx',
    ['--tls-min-v1.0', '--use-openssl-ca', '--import'],
  ],
])('names what of NODE_OPTIONS=%s changes the process, without its values', (options, names) => {
  expect(riskyNodeOptions(options)).toEqual(names);
});
