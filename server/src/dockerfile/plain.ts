/**
 * Instructions that hold words only: WORKDIR, USER, STOPSIGNAL, MAINTAINER, EXPOSE, VOLUME.
 * Rules: BuildKit `parser/line_parsers.go` parseString, parseStringsWhitespaceDelimited, parseMaybeJSONToList.
 */

import { trimSpace } from './characters';
import type { InstructionRequest } from './request';
import type { Word, WordsInstruction } from './types';
import { splitAtBlanks, wordAt } from './words';

/** The instruction, or undefined when it has no arguments or cannot be understood. */
export function parsePlain(
  request: InstructionRequest,
  keyword: WordsInstruction['keyword'],
): WordsInstruction | undefined {
  const words = wordsOf(request, keyword);
  if (words === undefined) return undefined;
  if (words.length === 0) {
    request.reportMissing(
      keyword === 'EXPOSE' || keyword === 'VOLUME' ? '{0} needs at least one argument.' : '{0} needs an argument.',
    );
    return undefined;
  }
  return { ...request.base, keyword, words };
}

function wordsOf(request: InstructionRequest, keyword: WordsInstruction['keyword']): Word[] | undefined {
  const { line, rest } = request;
  switch (keyword) {
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return rest.start === rest.end ? [] : [wordAt(line, rest)];
    case 'EXPOSE':
      return splitAtBlanks(line.text, rest).map((span) => wordAt(line, span));
    case 'VOLUME': {
      const json = request.jsonStrings();
      if (json === undefined) return splitAtBlanks(line.text, rest).map((span) => wordAt(line, span));
      if (json.kind === 'not-strings') {
        request.reportNotStrings();
        return undefined;
      }
      const words: Word[] = [];
      json.values.forEach((value, index) => {
        const range = line.range(json.spans[index] ?? rest);
        const text = trimSpace(value);
        if (text === '') request.report('empty-volume', 'VOLUME cannot take an empty path; remove it.', [], range);
        else words.push({ text, range });
      });
      return words.length === 0 && json.values.length > 0 ? undefined : words;
    }
    default:
      return keyword satisfies never;
  }
}
