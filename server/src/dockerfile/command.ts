/**
 * What RUN, CMD, ENTRYPOINT, SHELL and HEALTHCHECK execute.
 * Rules: BuildKit `parser/line_parsers.go` parseMaybeJSON, `instructions/parse.go` parseCmd, parseEntrypoint, parseShell.
 */

import type { InstructionRequest } from './request';
import type { LogicalLine, Span } from './source';
import type { CommandInstruction, CommandLine } from './types';
import type { JsonStrings } from './words';

/** The command line at `span`, given its reading as JSON; undefined when some element is no string. */
export function toCommandLine(line: LogicalLine, span: Span, json: JsonStrings | undefined): CommandLine | undefined {
  const range = line.range(span);
  if (json === undefined) return { form: 'shell', script: line.text.slice(span.start, span.end), range };
  if (json.kind === 'not-strings') return undefined;
  return { form: 'exec', arguments: json.values, range };
}

/** The command line of a request; reports an array with other elements than strings. */
export function requestedCommand(request: InstructionRequest): CommandLine | undefined {
  const command = toCommandLine(request.line, request.rest, request.jsonStrings());
  if (command === undefined) request.reportNotStrings();
  return command;
}

/** CMD, ENTRYPOINT or SHELL; undefined when it cannot be understood. */
export function parseCommand(
  request: InstructionRequest,
  keyword: CommandInstruction['keyword'],
): CommandInstruction | undefined {
  const command = requestedCommand(request);
  if (command === undefined) return undefined;
  if (keyword === 'SHELL') {
    if (command.form === 'shell' || command.arguments.length === 0) {
      request.report(
        'shell-form',
        'SHELL needs a JSON array: write SHELL ["executable", "argument"].',
        [],
        request.restRange,
      );
      return undefined;
    }
  } else if (command.form === 'shell' && command.script === '') {
    // BuildKit accepts it, and such an instruction only clears what the base image has.
    request.report('empty-command', '{0} names no command.', [keyword], request.base.keywordRange, 'warning');
  }
  return { ...request.base, keyword, command };
}
