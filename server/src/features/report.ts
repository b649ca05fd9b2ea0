/** `strata/report`: the report as the client's tree and status bar render it. */
import type { ReportResult } from '../protocol';
import type { AnalysedDocument } from './analysed-document';

/** The report with the document version it was made from. */
export function reportResult(document: AnalysedDocument): ReportResult {
  return { uri: document.uri, documentVersion: document.version, report: document.report };
}
