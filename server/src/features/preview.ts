/** `strata/preview`: the text a refactoring would make, without making it. */
import type { Range } from '../dockerfile/types';
import type { PreviewResult } from '../protocol';
import { applyEdits, titleWithEffect } from '../refactor';
import type { AnalysedDocument } from './analysed-document';
import { findRefactoring } from './code-actions';

/** The text after the refactoring with the id; null when the report of this text offers none with it. */
export function preview(document: AnalysedDocument, id: string, selection?: Range): PreviewResult | null {
  const refactoring = findRefactoring(document, id, selection);
  if (refactoring === undefined) return null;
  return {
    title: titleWithEffect(refactoring),
    text: applyEdits(document.text, refactoring.edits),
    documentVersion: document.version,
  };
}
