/** `strata lsp --stdio`: the language server, for any editor. */
import type { Command } from 'commander';
import { t } from '../localize';
import { BadInput } from './failure';

/** Adds the command to the program. The server ends the process when its client does. */
export function addLsp(program: Command): void {
  program
    .command('lsp')
    .description('run the language server')
    .option('--stdio', 'speak over standard input and output')
    // Editors add options of their own, such as --clientProcessId; the server reads those it knows.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (options: { readonly stdio?: boolean }) => {
      if (options.stdio !== true)
        throw new BadInput(t('lsp speaks over standard input and output only: strata lsp --stdio'));
      // The other commands don't need the editor protocol, so it is loaded here only.
      const { startServer } = await import('../server');
      startServer();
      // Until the client disconnects, which ends the process.
      await new Promise<never>(() => undefined);
    });
}
