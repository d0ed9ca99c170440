import { parseArgs } from 'node:util';
import { UsageError } from '../src/errors.ts';
import { runDemo } from './demo.ts';
import { durationMs } from './durationMs.ts';

const help = `npm run demo [-- OPTIONS]

Starts a PostgreSQL 18 server with a workload, a mock backend (TLS 1.3, client certificates) and the agent between them, and
shows what flows. Ctrl-C ends everything; nothing stays behind.

  --for TIME     end after TIME (e.g. 20s, 2m) with a summary
  --rate N       steps of the workload per second (default 20)
  --help         this help
`;

const isUsage = (error: unknown): boolean =>
  error instanceof UsageError ||
  String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

try {
  const { values } = parseArgs({
    options: {
      for: { type: 'string' },
      rate: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
  } else {
    const ratePerS = Number(values.rate);
    if (!(ratePerS > 0 && ratePerS <= 1_000)) throw new UsageError('--rate takes 1 to 1000');
    const forMs = values.for === undefined ? null : durationMs(values.for);
    process.exitCode = await runDemo({ forMs, ratePerS });
  }
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage(error)) process.stderr.write(`\n${help}`);
  process.exitCode = isUsage(error) ? 2 : 1;
}
