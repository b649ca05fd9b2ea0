/** `textDocument/codeAction`: the report's refactorings, each with its effect in the title. */
import {
  type CodeAction,
  type CodeActionContext,
  type CreateFile,
  type Range,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { formatBytes } from '../size/format';
import type { AnalysedDocument } from './analysed-document';
import { diagnosticOf } from './diagnostics';

/** What `codeAction/resolve` finds its refactoring by. */
export interface CodeActionData {
  readonly uri: string;
  readonly version: number;
  readonly id: string;
}

/** What the client can do with an edit. */
export interface EditAbilities {
  /** Versioned edits, so that one is never applied to another text than it was made for. */
  readonly documentChanges: boolean;
  /** Edits that ask for confirmation. */
  readonly changeAnnotations: boolean;
  /** New files as part of an edit. */
  readonly createFiles: boolean;
  /** The client has Strata's commands. */
  readonly commands: boolean;
}

/** Refactorings that touch the range, without their edits, which come with `resolveCodeAction`. */
export function codeActions(
  document: AnalysedDocument,
  range: Range,
  context: CodeActionContext,
  abilities: EditAbilities,
): CodeAction[] {
  const touching = document.report.refactorings.filter(
    ({ line, endLine }) => line - 1 <= range.end.line && range.start.line <= endLine - 1,
  );
  return touching.flatMap((refactoring) => actionsFor(document, refactoring, abilities)).filter(isWanted(context));
}

/**
 * The action with its edit. Undefined when the document has changed since, or no longer offers the refactoring.
 * @param filePath turns a path of `Refactoring.files` into a URI; undefined where there is no folder to create it in
 */
export function resolveCodeAction(
  document: AnalysedDocument,
  action: CodeAction,
  data: CodeActionData,
  abilities: EditAbilities,
  fileUri: (path: string) => string | undefined,
): CodeAction | undefined {
  if (document.version !== data.version) return undefined;
  const refactoring = document.report.refactorings.find(({ id }) => id === data.id);
  return refactoring === undefined
    ? undefined
    : { ...action, edit: workspaceEdit(document, refactoring, abilities, fileUri) };
}

/** The title with the effect: `Merge 3 RUN instructions (−1 layer, −38 MB)`. */
export function refactoringTitle({ title, effect }: Refactoring): string {
  const effects = [layersEffect(effect.layers), bytesEffect(effect.bytes)].filter((each) => each !== undefined);
  // A title that already tells its effect stays as it is.
  return effects.length === 0 || /\([^()]*[−+]\d[^()]*\)$/.test(title) ? title : `${title} (${effects.join(', ')})`;
}

/** The edit as the client can take it. */
export function workspaceEdit(
  document: AnalysedDocument,
  refactoring: Refactoring,
  abilities: EditAbilities,
  fileUri: (path: string) => string | undefined,
): WorkspaceEdit {
  const edits = refactoring.edits.map(({ range, newText }) => ({ range, newText }));
  if (!abilities.documentChanges) return { changes: { [document.uri]: edits } };
  const annotate = abilities.changeAnnotations && refactoring.changesBehaviour;
  const annotation = annotate ? { annotationId: refactoring.id } : {};
  const main: TextDocumentEdit = {
    textDocument: { uri: document.uri, version: document.version },
    edits: edits.map((edit) => ({ ...edit, ...annotation })),
  };
  const files = abilities.createFiles
    ? (refactoring.files ?? []).flatMap(({ path, text }): (CreateFile | TextDocumentEdit)[] => {
        const uri = fileUri(path);
        if (uri === undefined) return [];
        const start = { line: 0, character: 0 };
        return [
          { kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false }, ...annotation },
          {
            textDocument: { uri, version: null },
            edits: [{ range: { start, end: start }, newText: text, ...annotation }],
          },
        ];
      })
    : [];
  return {
    documentChanges: [...files, main],
    ...(annotate
      ? {
          changeAnnotations: {
            [refactoring.id]: {
              label: refactoringTitle(refactoring),
              needsConfirmation: true,
              description: refactoring.caution ?? refactoring.effect.cache,
            },
          },
        }
      : {}),
  };
}

function actionsFor(document: AnalysedDocument, refactoring: Refactoring, abilities: EditAbilities): CodeAction[] {
  const data: CodeActionData = { uri: document.uri, version: document.version, id: refactoring.id };
  const fixed = document.report.findings
    .filter((finding) => finding.fixes?.includes(refactoring.id))
    .map((finding) => diagnosticOf(document, finding));
  const action: CodeAction = {
    title: refactoringTitle(refactoring),
    kind: fixed.length > 0 ? 'quickfix' : refactoring.kind === 'quickfix' ? 'refactor.rewrite' : refactoring.kind,
    ...(fixed.length > 0 ? { diagnostics: fixed } : {}),
    data,
  };
  const worthPreviewing =
    refactoring.changesBehaviour || refactoring.kind === 'refactor.extract' || (refactoring.files ?? []).length > 0;
  if (!abilities.commands || !worthPreviewing) return [action];
  return [
    action,
    {
      title: t('Preview: {0}', action.title),
      kind: refactoring.kind === 'quickfix' ? 'refactor.rewrite' : refactoring.kind,
      command: {
        title: t('Preview: {0}', action.title),
        command: 'strata.previewRefactoring',
        arguments: [document.uri, refactoring.id],
      },
    },
  ];
}

function isWanted(context: CodeActionContext): (action: CodeAction) => boolean {
  const { only } = context;
  if (only === undefined || only.length === 0) return () => true;
  return ({ kind = '' }) => only.some((wanted) => wanted === '' || kind === wanted || kind.startsWith(`${wanted}.`));
}

function layersEffect(layers: number): string | undefined {
  if (layers === 0) return undefined;
  const count = Math.abs(layers) === 1 ? t('1 layer') : t('{0} layers', Math.abs(layers));
  return `${layers < 0 ? '−' : '+'}${count}`;
}

function bytesEffect(bytes: Refactoring['effect']['bytes']): string | undefined {
  if (bytes === null || (bytes.low === 0 && bytes.high === 0)) return undefined;
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${formatBytes(Math.abs(value))}`;
  if (bytes.low === bytes.high) return signed(bytes.low);
  return t('{0} to {1}', signed(bytes.high), signed(bytes.low));
}
