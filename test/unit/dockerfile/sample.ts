/** Shared by the parser's tests: short ways to parse and to look at the result. */

import { strict as assert } from 'node:assert';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { Dockerfile, Instruction, Range } from '../../../server/src/dockerfile/types';

/** The member of `T` that can have the keyword `K`. */
type WithKeyword<T, K> = T extends { readonly keyword: infer Keywords } ? (K extends Keywords ? T : never) : never;

/** Parses lines joined with line feeds. */
export function parse(...lines: string[]): Dockerfile {
  return parseDockerfile(lines.join('\n'));
}

/** The only instruction after `FROM a`, given in lines. */
export function single(...lines: string[]): Instruction {
  const { instructions } = parse('FROM a', ...lines);
  assert.equal(instructions.length, 2);
  return instructions[1] ?? assert.fail();
}

/** `single`, and the instruction must have this keyword. */
export function singleOf<K extends Instruction['keyword']>(
  keyword: K,
  ...lines: string[]
): WithKeyword<Instruction, K> {
  const instruction = single(...lines);
  assert.equal(instruction.keyword, keyword);
  return instruction as WithKeyword<Instruction, K>;
}

/** Codes of the problems of `FROM a` followed by `lines`. */
export function codes(...lines: string[]): string[] {
  return parse('FROM a', ...lines).problems.map((problem) => problem.code);
}

/** A problem as a person reads it: severity, line counted from 1, sentence. */
export function sentences(file: Dockerfile): string[] {
  return file.problems.map((problem) => {
    const sentence = problem.message.replace(
      /\{(\d)\}/g,
      (_, index: string) => problem.parameters[Number(index)] ?? '?',
    );
    return `${problem.severity} ${problem.range.start.line + 1}: ${sentence}`;
  });
}

/** A range as `line:character-line:character`, counted from 0. */
export function show(range: Range): string {
  return `${range.start.line}:${range.start.character}-${range.end.line}:${range.end.character}`;
}

/** The text that a range covers, lines counted as the protocol counts them. */
export function textAt(text: string, range: Range): string {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  const offset = (position: Range['start']): number => (starts[position.line] ?? Number.NaN) + position.character;
  return text.slice(offset(range.start), offset(range.end));
}
