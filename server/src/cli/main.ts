/** The command line from its words to its exit code. Loaded when what takes longest has been begun. */
import { type BegunIndex, offerEarlyIndex } from '../facts/early-index';
import { run } from './program';
import { processTerminal } from './terminal';

/** Runs what the words ask for and ends the process. `early` is an index of the context that they seem to mean. */
export async function main(words: readonly string[], early: BegunIndex | undefined): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  if (early !== undefined) offerEarlyIndex(early);
  try {
    const code = await run(words, processTerminal());
    // Everything is printed and let go of; a connection that an engine keeps open must not hold the shell.
    process.exit(code);
  } catch (error) {
    process.stderr.write(`strata: internal error: ${String(error)}\n`);
    process.exit(2);
  }
}
