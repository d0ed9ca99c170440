import { once } from 'node:events';
import { startBackend } from '../dev/backend/startBackend.ts';

/*
 * The mock backend as a process of its own, so that its clients are measured without it. Prints one line of JSON when it
 * listens, and one with its sums when its standard input ends.
 */

const backend = await startBackend({ keep: false });
const collectors = Number(process.argv[2] ?? 1);
const tokens: string[] = [];
for (let index = 0; index < collectors; index++) {
  tokens.push((await backend.tokens.issue(`collector-${index}`, 'bench')).token);
}
const { certificate, privateKey } = await backend.authority.client('bench');
const ca = backend.authority.certificate;
process.stdout.write(
  `${JSON.stringify({ port: backend.port, ca, cert: certificate, key: privateKey, tokens })}\n`,
);
process.stdin.resume();
await once(process.stdin, 'end');
process.stdout.write(`${JSON.stringify(backend.received.totals)}\n`);
await backend.stop();
