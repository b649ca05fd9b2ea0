/** `strata/report`: the report as the client's tree and status bar render it. */
import type { ReportParameters, ReportResult } from '../protocol';
import { titleWithEffect } from '../refactor';
import type { AnalysedDocument } from './analysed-document';

/** The report with the document version it was made from; the titles of its refactorings tell their effects. */
export function reportResult(
  { uri, version, report }: AnalysedDocument,
  { withoutRefactorings }: Pick<ReportParameters, 'withoutRefactorings'>,
): ReportResult {
  const refactorings =
    withoutRefactorings === true ? [] : report.refactorings.map((each) => ({ ...each, title: titleWithEffect(each) }));
  return { uri, documentVersion: version, report: { ...report, refactorings } };
}
