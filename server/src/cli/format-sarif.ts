/** The findings as SARIF 2.1.0, for code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FindingSeverity, Report } from '../report/types';

/** One log with one run, as indented JSON ending in a line break. Lines and columns count from 1, in UTF-16 units. */
export function formatSarif(report: Report, folder: string, version: string): string {
  const codes = [...new Set(report.findings.map((finding) => finding.code))].sort();
  const links = new Map(report.findings.map(({ code, link }) => [code, link]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Strata',
            version,
            rules: codes.map((id) => {
              const helpUri = links.get(id);
              return { id, ...(helpUri !== undefined && { helpUri }) };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(folder).href.replace(/\/$/, '')}/` } },
        results: report.findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: levelOf(finding.severity),
          message: { text: finding.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: artifact(report.dockerfile, folder),
                region: {
                  startLine: finding.range.start.line + 1,
                  startColumn: finding.range.start.character + 1,
                  endLine: finding.range.end.line + 1,
                  endColumn: finding.range.end.character + 1,
                },
              },
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function artifact(path: string, folder: string): { readonly uri: string; readonly uriBaseId?: string } {
  const short = relative(folder, path);
  if (short.startsWith('..') || isAbsolute(short)) return { uri: pathToFileURL(path).href };
  return { uri: short.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
}

function levelOf(severity: FindingSeverity): 'error' | 'warning' | 'note' {
  switch (severity) {
    case 'error':
    case 'warning':
      return severity;
    case 'information':
    case 'hint':
      return 'note';
    default:
      return severity satisfies never;
  }
}
