/** `source.fixAll.strata`: everything that cannot change what the image does, as one edit, also for `editor.codeActionsOnSave`. */
import type { CodeAction, CodeActionContext, TextEdit } from 'vscode-languageserver';
import { t } from '../localize';
import { isFixable } from '../refactor';
import type { AnalysedDocument } from './analysed-document';
import type { CodeActionData } from './code-actions';

/** Kind of the action, and the id that it is resolved by. */
export const fixAllKind = 'source.fixAll.strata';

/** The action, where it is asked for by its kind and the file may have something for it; its edit comes with `resolveFixAll`. */
export function fixAllActions(document: AnalysedDocument, { only = [] }: CodeActionContext): readonly CodeAction[] {
  const isAsked = only.some((wanted) => fixAllKind === wanted || fixAllKind.startsWith(`${wanted}.`));
  if (!isAsked || !isFixable(document.report.refactorings)) return [];
  const data: CodeActionData = { uri: document.uri, version: document.version, id: fixAllKind };
  return [{ title: t('Apply everything that leaves the image as it is'), kind: fixAllKind, data }];
}

/** The action with its edit, an empty one where nothing is to be done; undefined when the document has changed since. */
export function resolveFixAll(
  document: AnalysedDocument,
  action: CodeAction,
  version: number,
  documentChanges: boolean,
): CodeAction | undefined {
  if (document.version !== version) return undefined;
  const { uri } = document;
  const edits = [...differingLines(document, document.fixedText())];
  return {
    ...action,
    edit: documentChanges
      ? { documentChanges: [{ textDocument: { uri, version }, edits }] }
      : { changes: { [uri]: edits } },
  };
}

/** The lines that differ, from the first to the last of them, as one edit; none when the texts are equal. */
function differingLines({ text }: AnalysedDocument, after: string): readonly TextEdit[] {
  if (text === after) return [];
  const [before, now] = [linesWithEnds(text), linesWithEnds(after)];
  let first = 0;
  while (first < before.length && first < now.length && before[first] === now[first]) first += 1;
  let same = 0;
  while (same < Math.min(before.length, now.length) - first && before.at(-1 - same) === now.at(-1 - same)) same += 1;
  const start = positionAt(before, first);
  const end = positionAt(before, before.length - same);
  return [{ range: { start, end }, newText: now.slice(first, now.length - same).join('') }];
}

function linesWithEnds(text: string): readonly string[] {
  return text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
}

/** Where a line begins; behind the last one, where the text ends. */
function positionAt(lines: readonly string[], line: number): { line: number; character: number } {
  const last = lines.at(-1) ?? '';
  return line < lines.length || line === 0 || /[\r\n]$/.test(last)
    ? { line, character: 0 }
    : { line: line - 1, character: last.length };
}
