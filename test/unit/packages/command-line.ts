/** One command line as the shell gives it to a provider: words split at blanks, quotes taken off. */
import type { RunCommand } from '../../../server/src/shell/types';

export function interpretLine(
  line: string,
  directory: string,
  user: string,
  environment: Readonly<Record<string, string>>,
): RunCommand {
  const [program = '', ...words] = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return {
    name: program.slice(program.lastIndexOf('/') + 1),
    program,
    words: words.map((text) => {
      const value = text.replace(/["']/g, '');
      const dynamic = /\$/.test(text) && !text.startsWith("'");
      return { text, ...(!dynamic && { value }), ...(/^[^"']*[*?[]/.test(text) && { pattern: true }) };
    }),
    redirections: [],
    occurrence: 'runs',
    directory,
    environment: new Map(Object.entries(environment)),
    user,
    start: 0,
    end: line.length,
  };
}
