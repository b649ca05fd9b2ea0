/** Edits become text. */
import type { Range } from '../dockerfile/types';
import type { Edit } from '../report/types';
import { comparePositions, DocumentText } from './document';

/** Two edits touch the same text, or an edit lies outside of it: it was computed for another text. */
export class EditMismatch extends Error {}

/**
 * The text after all edits, whose ranges all count in the text as it is now.
 * @throws EditMismatch when edits overlap or a range is not in the text; nothing is applied then.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const document = new DocumentText(text);
  const sorted = [...edits].sort((left, right) => comparePositions(left.range.start, right.range.start));
  let result = '';
  let done = 0;
  for (const { range, newText } of sorted) {
    if (!isInside(document, range)) throw new EditMismatch(`No such place: line ${range.start.line + 1}`);
    const start = document.offset(range.start);
    if (start < done) throw new EditMismatch(`Edits overlap at line ${range.start.line + 1}`);
    result += text.slice(done, start) + newText;
    done = document.offset(range.end);
  }
  return result + text.slice(done);
}

function isInside(document: DocumentText, range: Range): boolean {
  return (
    comparePositions(range.start, range.end) <= 0 &&
    [range.start, range.end].every(
      (position) =>
        position.character >= 0 && comparePositions(document.position(document.offset(position)), position) === 0,
    )
  );
}
