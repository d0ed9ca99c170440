import { type Command as Program, Argument } from 'commander';
import { UsageError } from '../errors.ts';
import type { Command } from './command.ts';
import type { TapFormat } from './tapChoice.ts';

/** The flags of `dead` and `status`, as they are parsed. */
export interface StateFlags {
  readonly format?: TapFormat;
  readonly all?: true;
}

const works = ['list', 'retry', 'drop'] as const;

/** What `dead` takes. */
export const addDeadFlags = (dead: Program): Program =>
  dead
    .addArgument(new Argument('<WORK>', 'what to do').choices(works))
    .argument('[PAYLOAD...]', 'numbers as `dead list` shows them: 42, 42-0')
    .option('--all', 'retry or drop all that can be')
    .addHelpText('after', deadText);

/** What `dead` is asked to do. Throws `UsageError` where words and flags do not go together. */
export function deadChoice(
  work: string,
  words: readonly string[],
  { all }: StateFlags,
): Pick<Extract<Command, { is: 'dead' }>, 'work' | 'wanted'> {
  if (work === 'list') {
    if (words.length > 0 || all) throw new UsageError('dead list takes no payloads; see --help');
    return { work, wanted: null };
  }
  if (all === (words.length > 0 ? true : undefined)) {
    throw new UsageError(
      `dead ${work} takes numbers of payloads or --all; \`dead list\` shows them`,
    );
  }
  return { work: work === 'retry' ? 'retry' : 'drop', wanted: all ? null : words };
}

/** Whether the output is JSON. Throws `UsageError` for the forms of a tap. */
export function asJson({ format = 'pretty' }: StateFlags): boolean {
  if (format !== 'pretty' && format !== 'json') {
    throw new UsageError('--format is pretty (default) or json here; see --help');
  }
  return format === 'json';
}

const deadText = `
  list     what is set aside, and why
  retry    send it again, before all others, under the same id
  drop     remove it for good

dead: the backend refused it. suspect: it failed again and again while others did not, and is tried
every hour. damaged: the file is not what was written; it can only be dropped.
--format json for scripts. A running agent is asked; without one the files are moved at once.
`;
