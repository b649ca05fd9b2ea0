/** The edits of a merge: the merged RUN in the place of the first, and the others gone with the comments that went into it. */
import type { RunInstruction } from '../dockerfile/types';
import type { Edit } from '../report/types';
import type { RunPart, Source } from './run-part';

/** Metadata between the RUNs stays, with its comments, behind the merged one. */
export function mergedEdits(source: Source, parts: readonly RunPart[], newText: string): readonly Edit[] {
  const groups: RunInstruction[][] = [];
  for (const { instruction } of parts) {
    const group = groups.at(-1);
    if (group !== undefined && group.at(-1)?.index === instruction.index - 1) group.push(instruction);
    else groups.push([instruction]);
  }
  return groups.flatMap((group, index): Edit[] => {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return [];
    const range = { start: first.range.start, end: last.range.end };
    return [index === 0 ? { range, newText } : removal(source, first, last)];
  });
}

/** Whole lines from the comments above the first to the end of the last, and one of two blank lines that would meet. */
function removal({ document, dockerfile }: Source, first: RunInstruction, last: RunInstruction): Edit {
  const above = dockerfile.instructions[first.index - 1]?.range.end.line ?? -1;
  const comment = dockerfile.comments.find(({ start }) => start.line > above && start.line < first.range.start.line);
  const line = (comment ?? first.range).start.line;
  let start = document.offset({ line, character: 0 });
  const end = document.offset({ line: last.range.end.line + 1, character: 0 });
  const before = document.text.slice(0, start);
  const blank = /(?:\r?\n)([ \t]*\r?\n)$/.exec(before)?.[1];
  if (!document.text.slice(0, end).endsWith('\n')) start = before.replace(/(?:[ \t]*\r?\n)+$/, '').length;
  else if (blank !== undefined && /^[ \t]*(?:\r?\n|$)/.test(document.text.slice(end))) start -= blank.length;
  return { range: document.range(start, end), newText: '' };
}
