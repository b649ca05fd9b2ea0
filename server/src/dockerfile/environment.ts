/**
 * ENV, LABEL and ARG.
 * Rules: BuildKit `parser/line_parsers.go` parseNameVal, parseNameOrNameVal; `instructions/parse.go` parseKvps, parseArg.
 */

import { isBlank } from './characters';
import type { InstructionRequest } from './request';
import type { Span } from './source';
import type { EnvInstruction, NameValue } from './types';
import { splitWords, wordAt } from './words';

/** The instruction, or undefined when nothing in it can be understood. */
export function parseEnvironment(
  request: InstructionRequest,
  keyword: EnvInstruction['keyword'],
): EnvInstruction | undefined {
  const { line, rest, base } = request;
  const words = splitWords(line.text, rest, request.escapeToken);
  const first = words[0];
  if (first === undefined) {
    request.reportMissing(
      keyword === 'ARG'
        ? 'ARG needs a name: write ARG NAME or ARG NAME=VALUE.'
        : '{0} needs a pair: write {0} NAME=VALUE.',
    );
    return undefined;
  }
  if (keyword !== 'ARG' && equalsIn(line.text, first) === undefined) return oldForm(request, keyword);
  const pairs: NameValue[] = [];
  for (const span of words) {
    const pair = toPair(request, keyword, span);
    if (pair !== undefined) pairs.push(pair);
  }
  return pairs.length === 0 ? undefined : { ...base, keyword, pairs, oldForm: false };
}

function equalsIn(text: string, span: Span): number | undefined {
  const equals = text.indexOf('=', span.start);
  return equals < 0 || equals >= span.end ? undefined : equals;
}

/** `ENV NAME the rest of the line`. */
function oldForm(request: InstructionRequest, keyword: 'ENV' | 'LABEL'): EnvInstruction | undefined {
  const { line, rest, base } = request;
  const { text } = line;
  let nameEnd = rest.start;
  while (nameEnd < rest.end && !isBlank(text.charCodeAt(nameEnd))) nameEnd++;
  if (nameEnd === rest.end) {
    request.report(
      'missing-value',
      '{0} needs a value: write {0} {1}=VALUE.',
      [keyword, text.slice(rest.start, rest.end)],
      request.restRange,
    );
    return undefined;
  }
  let valueStart = nameEnd;
  while (valueStart < rest.end && isBlank(text.charCodeAt(valueStart))) valueStart++;
  const pair: NameValue = {
    name: wordAt(line, { start: rest.start, end: nameEnd }),
    value: wordAt(line, { start: valueStart, end: rest.end }),
    range: line.range(rest),
  };
  return { ...base, keyword, pairs: [pair], oldForm: true };
}

function toPair(request: InstructionRequest, keyword: EnvInstruction['keyword'], span: Span): NameValue | undefined {
  const { line } = request;
  const equals = equalsIn(line.text, span);
  const range = line.range(span);
  if (equals === undefined) {
    if (keyword === 'ARG') return { name: wordAt(line, span), range };
    request.report(
      'missing-equals',
      '{1} has no =. Write {0} NAME=VALUE, with quotes around a value that has blanks.',
      [keyword, line.text.slice(span.start, span.end)],
      range,
    );
    return undefined;
  }
  if (equals === span.start) {
    request.report('blank-name', '{0} needs a name before =.', [keyword], range);
    return undefined;
  }
  return {
    name: wordAt(line, { start: span.start, end: equals }),
    value: wordAt(line, { start: equals + 1, end: span.end }),
    range,
  };
}
