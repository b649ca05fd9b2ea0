/** The command line as a whole: what it offers, and the exit code that everything ends with. */
import { Command, CommanderError } from 'commander';
import { messageOf } from '../facts/errors';
import { addLsp } from './command-lsp';
import { BadInput, exitCodes, type Outcome } from './failure';
import type { Terminal } from './terminal';
import { version } from './version';

/**
 * Runs one command. Returns the exit code: 0 done, 1 something the user asked to fail on, 2 bad input or usage, in which
 * case one line on stderr says what and where.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const outcomes: Outcome[] = [];
  const printed: string[] = [];
  const program = new Command('strata')
    .description('See what a Dockerfile will become before it is built: layers, sizes, cache.')
    .version(version)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a threshold or finding you asked to fail on, 2 bad input (one line on stderr says what and where).',
    )
    .configureOutput({ writeOut: (text) => void printed.push(text), writeErr: () => undefined })
    .exitOverride();
  const finish = (ended: Outcome): void => {
    outcomes.push(ended);
  };
  try {
    const forProgram = await addCommands(program, words, terminal, finish);
    if (words.length === 0) printed.push(program.helpInformation());
    else await program.parseAsync([...forProgram], { from: 'user' });
    await terminal.print(printed.join(''));
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      await terminal.print(printed.join(''));
      return exitCodes.done;
    }
    terminal.say(oneLine(error));
    return exitCodes.badInput;
  }
  const failed = outcomes.find((outcome) => outcome.kind === 'failed');
  if (failed === undefined) return exitCodes.done;
  terminal.say(failed.reason);
  return exitCodes.failed;
}

/** Loads the command that is asked for, or all of them where none is known to be. Returns the words as the program takes them. */
async function addCommands(
  program: Command,
  words: readonly string[],
  terminal: Terminal,
  finish: (outcome: Outcome) => void,
): Promise<readonly string[]> {
  const [first = ''] = words;
  if (words.length === 1 && versionFlags.has(first)) return words;
  const isWanted = (name: string): boolean => first === name || !commandNames.has(first);
  let forProgram = words;
  if (isWanted('analyze')) {
    const { addAnalyze, withForecastCommits } = await import('./command-analyze');
    addAnalyze(program, terminal, finish);
    forProgram = withForecastCommits(words);
  }
  if (isWanted('record')) (await import('./command-record')).addRecord(program, terminal, finish);
  if (isWanted('refactor')) (await import('./command-refactor')).addRefactor(program, terminal, finish);
  if (isWanted('lsp')) addLsp(program);
  return forProgram;
}

const versionFlags: ReadonlySet<string> = new Set(['-V', '--version']);
const commandNames: ReadonlySet<string> = new Set(['analyze', 'record', 'refactor', 'lsp']);

/** What went wrong in one line; a fault of the program itself with the place it comes from. */
function oneLine(error: unknown): string {
  if (error instanceof CommanderError) {
    return `${error.message.replace(/^error: /, '').replace(/\s+/g, ' ')} (strata --help)`;
  }
  if (error instanceof BadInput) return error.message;
  const place = error instanceof Error ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined;
  return `internal error: ${messageOf(error)}${place === undefined ? '' : ` (${place})`}`;
}
