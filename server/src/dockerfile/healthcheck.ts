/** HEALTHCHECK. Rules: BuildKit `parser/line_parsers.go` parseHealthConfig, `instructions/parse.go` parseHealthcheck. */

import { isSpace, skipSpaces } from './characters';
import { toCommandLine } from './command';
import type { InstructionRequest } from './request';
import type { Flag, HealthcheckInstruction } from './types';
import { readJsonStrings } from './words';

/** A Go duration: `1h30m`, `1.5s`, `-2us`, or `0`. */
const DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/;
const DURATION_FLAGS = ['interval', 'timeout', 'start-period', 'start-interval'];

/** The instruction, or undefined when it cannot be understood. */
export function parseHealthcheck(request: InstructionRequest): HealthcheckInstruction | undefined {
  const { line, rest, base } = request;
  const { text } = line;
  if (rest.start === rest.end) {
    request.reportMissing('HEALTHCHECK needs CMD and a command, or NONE.');
    return undefined;
  }
  let typeEnd = rest.start;
  while (typeEnd < rest.end && !isSpace(text.charCodeAt(typeEnd))) typeEnd++;
  const typeSpan = { start: rest.start, end: typeEnd };
  const type = text.slice(rest.start, typeEnd).toUpperCase();
  const commandSpan = { start: skipSpaces(text, typeEnd, rest.end), end: rest.end };
  const command = toCommandLine(line, commandSpan, readJsonStrings(text, commandSpan));
  if (command === undefined) {
    request.reportNotStrings();
    return undefined;
  }
  const empty = command.form === 'shell' ? command.script === '' : command.arguments.length === 0;
  if (type === 'NONE') {
    if (!empty) {
      request.report('healthcheck-none', 'HEALTHCHECK NONE takes no arguments.', [], line.range(commandSpan));
    }
    return { ...base, keyword: 'HEALTHCHECK' };
  }
  for (const flag of base.flags) checkFlagValue(request, flag);
  if (type !== 'CMD') {
    request.report(
      'healthcheck-type',
      'HEALTHCHECK takes CMD and a command, or NONE, not {0}.',
      [text.slice(typeSpan.start, typeSpan.end)],
      line.range(typeSpan),
    );
    return undefined;
  }
  if (empty) {
    request.report('healthcheck-command', 'Write a command after HEALTHCHECK CMD.', [], request.restRange);
    return undefined;
  }
  return { ...base, keyword: 'HEALTHCHECK', command };
}

function checkFlagValue(request: InstructionRequest, flag: Flag): void {
  const { name, value } = flag;
  if (value === undefined || value === '') return;
  if (DURATION_FLAGS.includes(name) && (!DURATION.test(value) || value.startsWith('-'))) {
    request.report('flag-value', '{0} takes a time such as 30s or 1m30s, not {1}.', [`--${name}`, value], flag.range);
  }
  if (name === 'retries' && (!/^\+?\d+$/.test(value) || Number(value) > 0x7fffffff)) {
    request.report('flag-value', '{0} takes a number of 0 or more, not {1}.', [`--${name}`, value], flag.range);
  }
}
