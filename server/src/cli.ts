/** `strata`, the command line. */
import { run } from './cli/program';
import { processTerminal } from './cli/terminal';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

run(process.argv.slice(2), processTerminal()).then(
  (code) => {
    // Everything is printed and let go of; a connection that an engine keeps open must not hold the shell.
    process.exit(code);
  },
  (error: unknown) => {
    process.stderr.write(`strata: internal error: ${String(error)}\n`);
    process.exit(2);
  },
);
