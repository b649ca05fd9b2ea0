/** `textDocument/publishDiagnostics`: the report's findings, and what the language service notices besides. */
import { type Diagnostic, DiagnosticSeverity, type Range } from 'vscode-languageserver';
import type { Finding, FindingSeverity } from '../report/types';
import { type AnalysedDocument, withinText } from './analysed-document';

/** Shown in front of the message by editors. */
export const diagnosticSource = 'Strata';

/**
 * Diagnostics of the document. Where Strata already finds fault with a line, the language service's remark on it is
 * left out, so that nothing is said twice.
 */
export function diagnostics(document: AnalysedDocument, languageService: readonly Diagnostic[]): Diagnostic[] {
  if (!document.settings.diagnostics.enabled) return [...languageService];
  const own = document.report.findings.map((finding) => diagnosticOf(document, finding));
  const errorLines = new Set(
    own.filter(({ severity }) => severity === DiagnosticSeverity.Error).flatMap(({ range }) => linesIn(range)),
  );
  return [...own, ...languageService.filter(({ range }) => !errorLines.has(range.start.line))];
}

/** One finding as LSP has it, its range held within the document. */
export function diagnosticOf(document: AnalysedDocument, finding: Finding): Diagnostic {
  return {
    range: withinText(document, finding.range),
    severity: severityOf(finding.severity),
    source: diagnosticSource,
    code: finding.code,
    message: finding.message,
    ...(finding.link === undefined ? {} : { codeDescription: { href: finding.link } }),
  };
}

function severityOf(severity: FindingSeverity): DiagnosticSeverity {
  switch (severity) {
    case 'error':
      return DiagnosticSeverity.Error;
    case 'warning':
      return DiagnosticSeverity.Warning;
    case 'information':
      return DiagnosticSeverity.Information;
    case 'hint':
      return DiagnosticSeverity.Hint;
    default:
      return severity satisfies never;
  }
}

function linesIn(range: Range): readonly number[] {
  return Array.from({ length: range.end.line - range.start.line + 1 }, (_, index) => range.start.line + index);
}
