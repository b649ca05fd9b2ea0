/** `strata/preview`: the text a refactoring would make, without making it. */
import type { PreviewResult } from '../protocol';
import { applyEdits } from '../refactor/apply';
import type { AnalysedDocument } from './analysed-document';
import { refactoringTitle } from './code-actions';

/** The text after the refactoring with the id; null when the report of this text offers none with it. */
export function preview(document: AnalysedDocument, id: string): PreviewResult | null {
  const refactoring = document.report.refactorings.find((each) => each.id === id);
  if (refactoring === undefined) return null;
  return {
    title: refactoringTitle(refactoring),
    text: applyEdits(document.text, refactoring.edits),
    documentVersion: document.version,
  };
}
