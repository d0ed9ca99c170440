import {
  type Observable,
  ReplaySubject,
  Subject,
  config as rxjs,
  defer,
  from,
  mergeMap,
} from 'rxjs';
import { cli } from './cli.ts';
import type { Command } from './commands/command.ts';
import type { World } from './commands/world.ts';
import { CertificateError, ConfigError, UsageError, messageOf } from './errors.ts';
import { type ExitCode, exitCodes } from './exitCodes.ts';
import { exit } from './io/exit.ts';
import { openLog } from './io/log.ts';
import { logsJson } from './io/logsJson.ts';
import { openOutput } from './io/output.ts';
import { unlessEnded } from './io/unlessEnded.ts';
import { version } from './schema/version.ts';

/*
 * The process: command line → command, signals, the only root subscription, the exit code.
 */

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/** How long a clean end may take, in ms: sources have 5 s for it, delivery 10 s. */
const END_MS = 17_000;

const stop$ = new ReplaySubject<void>(1);
const reload$ = new Subject<void>();
const log = openLog();
const command = ((): Command => {
  try {
    return cli(process.argv.slice(2), version);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`pganalytics-collector: ${error.message}\n`);
    process.exit(exitCodes.usage);
  }
})();

/** Asks for a clean end; one that does not come (a file system hangs) is not waited for: the next run sends what is spooled. */
function stop(): void {
  stop$.next();
  unlessEnded(END_MS, () => {
    const message = `has not ended ${END_MS / 1_000} s after being asked to, and does so now; does a file system hang?`;
    log.write({ level: 'error', unit: 'agent', message });
    running.unsubscribe();
    exit(exitCodes.failure);
  });
}

function sayStart(file: string): void {
  const message = `pganalytics-collector ${version} starts with ${file}`;
  log.write({ level: 'info', unit: 'agent', message });
}

const inJson = command.is === 'run' && logsJson(command.config);
// At once, unless the form of the line has to be loaded first.
if (command.is === 'run' && !inJson) sayStart(command.config);

const world: World = {
  stop$,
  stop,
  reload$,
  log,
  // A reader that went away (`--tap | head`) ends the command as a first signal does.
  output: openOutput(process.stdout, stop),
  environment: process.env,
};

/** A command loads its code when it is asked for: the first line of the log does not wait for that of all. */
function loaded<M>(
  module: Promise<M>,
  start: (module: M) => Observable<ExitCode>,
): Observable<ExitCode> {
  return from(module).pipe(mergeMap(start));
}

function execute(): Observable<ExitCode> {
  switch (command.is) {
    case 'run':
      return loaded(inJson ? import('./io/jsonForm.ts') : Promise.resolve(null), (json) => {
        if (json) {
          log.configure({ level: 'info', form: json.jsonForm() });
          sayStart(command.config);
        }
        return loaded(import('./commands/run.ts'), ({ run }) => run(command, world));
      });
    case 'tap':
      return loaded(import('./commands/tap.ts'), ({ tap }) => tap(command, world));
    case 'record':
      return loaded(import('./commands/record.ts'), ({ record }) => record(command, world));
    case 'replay':
      return loaded(import('./commands/replay.ts'), ({ replay }) => replay(command, world));
    case 'once':
      return loaded(import('./commands/once.ts'), ({ once }) => once(command, world));
    case 'register':
      return loaded(import('./commands/registerCommand.ts'), ({ registerCommand }) =>
        registerCommand(command, world),
      );
    case 'check':
      return loaded(import('./commands/checkCommand.ts'), ({ checkCommand }) =>
        checkCommand(command, world),
      );
    case 'dead':
      return loaded(import('./commands/dead.ts'), ({ dead }) => dead(command, world));
    case 'status':
      return loaded(import('./commands/status.ts'), ({ status }) => status(command, world));
    case 'import':
      return loaded(import('./commands/importCommand.ts'), ({ importCommand }) =>
        importCommand(command, world),
      );
    case 'print':
      return defer(() => {
        world.output.print(command.text.trimEnd());
        return [exitCodes.ok];
      });
  }
}

/** What went wrong, as the user should read it, and the code for it. Never the error itself: it may hold a secret. */
function failed(error: unknown): ExitCode {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.problems.join('\n\n')}\n`);
    return exitCodes.configuration;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`pganalytics-collector: ${error.message}\n`);
    return exitCodes.usage;
  }
  log.write({ level: 'error', unit: 'agent', message: messageOf(error) });
  return error instanceof CertificateError ? exitCodes.configuration : exitCodes.failure;
}

let code: ExitCode = exitCodes.ok;
const running = execute().subscribe({
  next: (result) => {
    code = result;
  },
  error: (error: unknown) => {
    exit(failed(error));
  },
  complete: () => {
    exit(code);
  },
});

/** What `check`, `register` and the like do has nothing to drain: there the first signal ends it. */
let asked = !['run', 'tap', 'record', 'once'].includes(command.is);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (asked) {
      running.unsubscribe();
      exit(128 + SIGNAL_NUMBERS[signal]);
      return;
    }
    asked = true;
    stop();
  });
}
process.on('SIGHUP', () => {
  if (command.is === 'run') reload$.next();
});
// Without a listener, Node opens a debugger's port.
process.on('SIGUSR1', () => undefined);

/** An error that no stream handled: the agent says so and ends cleanly rather than going on half. */
function unexpected(error: unknown): void {
  log.write({ level: 'error', unit: 'agent', message: `unexpected: ${messageOf(error)}` });
  code = exitCodes.failure;
  stop();
}
rxjs.onUnhandledError = unexpected;
process.on('uncaughtException', unexpected);
process.on('unhandledRejection', unexpected);
