/** COPY and ADD. Rules: BuildKit `instructions/parse.go` parseCopy, parseAdd, parseSourcesAndDest. */

import { readHeredocStart } from './heredoc';
import type { InstructionRequest } from './request';
import type { CopyInstruction, CopySource, Heredoc, Word } from './types';
import { splitAtBlanks, wordAt } from './words';

/** The instruction, or undefined when it has no destination or cannot be understood. */
export function parseCopy(request: InstructionRequest, keyword: 'COPY' | 'ADD'): CopyInstruction | undefined {
  const { line, base } = request;
  const json = request.jsonStrings();
  if (json?.kind === 'not-strings') {
    request.reportNotStrings();
    return undefined;
  }
  const words: Word[] =
    json === undefined
      ? splitAtBlanks(line.text, request.rest).map((span) => wordAt(line, span))
      : json.values.map((text, index) => ({ text, range: line.range(json.spans[index] ?? request.rest) }));
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    request.report(
      'missing-argument',
      '{0} needs a source and a destination: write {0} SOURCE DESTINATION.',
      [keyword],
      request.restRange,
    );
    return undefined;
  }
  if (readHeredocStart(destination.text) !== undefined) {
    request.report(
      'heredoc-destination',
      '{0} cannot take a heredoc as its destination; write the path of the file to make after it.',
      [keyword],
      destination.range,
    );
    return undefined;
  }
  const from = keyword === 'COPY' ? base.flags.find((flag) => flag.name === 'from') : undefined;
  if (from?.value !== undefined && /\$[\w{]/.test(from.value)) {
    request.report(
      'from-variable',
      '--from takes no variables; name a stage: FROM {0} AS NAME, then --from=NAME.',
      [from.value],
      from.range,
    );
  }
  return {
    ...base,
    keyword,
    form: json === undefined ? 'shell' : 'exec',
    sources: words.slice(0, -1).map((word) => toSource(word, base.heredocs)),
    destination,
    ...(from === undefined ? {} : { from }),
  };
}

function toSource(word: Word, heredocs: readonly Heredoc[]): CopySource {
  const start = readHeredocStart(word.text);
  if (start === undefined) return { kind: 'word', word };
  // Of two heredocs with one name the last counts; one that was not read (JSON form) is empty.
  const heredoc = heredocs.findLast(({ name }) => name === start.name) ?? {
    ...start,
    content: '',
    bodyRange: { start: word.range.end, end: word.range.end },
    terminated: true,
  };
  return { kind: 'heredoc', heredoc, range: word.range };
}
