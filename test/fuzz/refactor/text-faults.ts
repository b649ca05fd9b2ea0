/** What a refactoring must leave of a text as it was: comments, directives, line ends, heredocs, and that it can be read. */
import type { Dockerfile, Instruction } from '../../../server/src/dockerfile/types';
import type { Report } from '../../../server/src/report/types';
import type { Moment } from './moment';

/** What is wrong with the text after an edit, one sentence each. */
export function textFaults(before: Moment, after: Moment): readonly string[] {
  const was = before.dockerfile;
  const is = after.dockerfile;
  return [
    ...newProblems(before, after),
    ...lost(commentsOf(was.text), commentsOf(is.text)).map((comment) => `the comment ${comment} is lost`),
    ...trailingCommentFaults(was, is.text),
    ...(directivesOf(was) === directivesOf(is) ? [] : [`directives: ${directivesOf(was)}, then ${directivesOf(is)}`]),
    ...lost(copiedHeredocs(was), copiedHeredocs(is)).map((body) => `the heredoc ${JSON.stringify(body)} is lost`),
    ...lineEndFaults(was.text, is.text),
  ];
}

function problemsOf({ dockerfile, graph }: Moment): readonly string[] {
  return [...dockerfile.problems, ...graph.problems].flatMap(({ severity, code, parameters }) =>
    severity === 'error' ? [`${code} ${parameters.join(', ')}`] : [],
  );
}

function errorsOf({ findings }: Report): readonly string[] {
  // Lines move.
  return findings.flatMap(({ severity, code, message }) =>
    severity === 'error' ? [`${code}: ${message.replace(/\d+/g, 'N')}`] : [],
  );
}

function newProblems(before: Moment, after: Moment): readonly string[] {
  const known = new Set([...problemsOf(before), ...errorsOf(before.report)]);
  return [...problemsOf(after), ...errorsOf(after.report)]
    .filter((problem) => !known.has(problem))
    .map((problem) => `brings the error ${problem}`);
}

/** Whole lines that begin with `#`, without the blanks around them. */
function commentsOf(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).flatMap((line) => (/^\s*#/.test(line) ? [line.trim()] : []));
}

/** What of `before` is not in `after`, as often as it is there. */
function lost(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const each of after) left.set(each, (left.get(each) ?? 0) + 1);
  return before.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}

/** A comment of the shell behind a command: `make # slow`. Where the line goes on, what comes next belongs to the comment. */
function trailingCommentFaults({ instructions, text }: Dockerfile, after: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/);
  return instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap(({ range }) => lines.slice(range.start.line, range.end.line + 1))
    .flatMap(
      (line) =>
        /\S[ \t]+(#[ \t]*\w[^"'`]*)$/
          .exec(line)?.[1]
          ?.replace(/[\\`][ \t]*$/, '')
          .trim() ?? [],
    )
    .filter((comment) => !after.includes(comment))
    .map((comment) => `the comment ${comment} behind a command is lost`);
}

function directivesOf({ directives }: Dockerfile): string {
  return directives.map(({ name, value }) => `${name}=${value}`).join(' ');
}

/** Bodies of heredocs that are files. Those of RUN are commands, which refactorings are about. */
function copiedHeredocs({ instructions }: Dockerfile): readonly string[] {
  const isCopy = ({ keyword }: Instruction): boolean => keyword === 'COPY' || keyword === 'ADD';
  return instructions.filter(isCopy).flatMap(({ heredocs }) => heredocs.map(({ content }) => content));
}

function lineEndFaults(before: string, after: string): readonly string[] {
  const kinds = (text: string): ReadonlySet<string> => new Set(text.match(/\r\n|\n|\r/g) ?? []);
  const was = kinds(before);
  const brought = [...kinds(after)].filter((kind) => was.size > 0 && !was.has(kind));
  const last = (text: string): boolean => /[\r\n]$/.test(text);
  return [
    ...brought.map((kind) => `brings the line end ${JSON.stringify(kind)}`),
    ...(last(before) === last(after)
      ? []
      : [`the last line was ${last(before) ? '' : 'not '}ended, and is no more so`]),
    ...(before.startsWith('\ufeff') === after.startsWith('\ufeff') ? [] : ['the byte order mark is another']),
  ];
}
