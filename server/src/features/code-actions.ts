/** `textDocument/codeAction`: the report's refactorings, each with its effect in the title. */
import type {
  CodeAction,
  CodeActionContext,
  CodeActionKind,
  Command,
  Range,
  TextDocumentEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { t } from '../localize';
import type { Refusal } from '../refactor';
import { titleWithEffect } from '../refactor';
import type { Refactoring } from '../report/types';
import type { AnalysedDocument } from './analysed-document';
import { fileEdits, insertion, type SurroundingFiles } from './changed-files';
import { diagnosticOf } from './diagnostics';

/** What `codeAction/resolve` finds its refactoring by. */
export interface CodeActionData {
  readonly uri: string;
  readonly version: number;
  readonly id: string;
  /** The selection that it was offered for; absent for what is offered without one. */
  readonly selection?: Range;
}

/** What the client can do with an edit. */
export interface EditAbilities {
  /** Versioned edits, so that one is never applied to another text than it was made for. */
  readonly documentChanges: boolean;
  /** Edits that ask for confirmation. */
  readonly changeAnnotations: boolean;
  /** New files as part of an edit. */
  readonly createFiles: boolean;
  /** Actions that are shown greyed out with a reason. */
  readonly disabledActions: boolean;
  /** The client has Strata's commands. */
  readonly commands: boolean;
}

/**
 * What can be done at the range, without the edits, which come with `resolveCodeAction`: fixes of findings there, then
 * the refactorings that touch it or that it selects, then, greyed out, what can't be done and why.
 */
export function codeActions(
  document: AnalysedDocument,
  range: Range,
  context: CodeActionContext,
  abilities: EditAbilities,
): CodeAction[] {
  const { report } = document;
  const touches = (line: number, endLine: number) => line <= range.end.line && range.start.line <= endLine;
  const findings = report.findings.filter((each) => touches(each.range.start.line, each.range.end.line));
  const fixes = report.refactorings.filter(({ id }) => findings.some((finding) => finding.fixes?.includes(id)));
  const selection = isEmpty(range) ? undefined : range;
  const offers =
    selection === undefined
      ? { refactorings: report.refactorings, refusals: document.refusals }
      : document.offersFor(selection);
  const touching = offers.refactorings.filter(
    ({ id, line, endLine }) => touches(line - 1, endLine - 1) && !fixes.some((fix) => fix.id === id),
  );
  const refused = offers.refusals.filter((refusal) => touches(refusal.range.start.line, refusal.range.end.line));
  const offered = [
    ...bySaving(fixes).map((refactoring): OfferedAction => ({ refactoring, kind: 'quickfix', selection: undefined })),
    ...bySaving(touching).map(
      (refactoring): OfferedAction => ({ refactoring, kind: refactorKind(refactoring), selection }),
    ),
  ];
  return [
    ...offered.map((each) => actionFor(document, each, abilities)),
    ...(abilities.commands ? offered.filter(isWorthPreviewing).map((each) => previewFor(document, each)) : []),
    ...(abilities.disabledActions ? refused.map(disabledAction) : []),
  ].filter(isWanted(context));
}

/**
 * The action with its edit. Undefined when the document has changed since, or no longer offers the refactoring.
 * That files hold what they held is for the caller to see: `staleFile`.
 */
export function resolveCodeAction(
  document: AnalysedDocument,
  action: CodeAction,
  data: CodeActionData,
  abilities: EditAbilities,
  files: SurroundingFiles,
): CodeAction | undefined {
  if (document.version !== data.version) return undefined;
  // Its command shows what it would do; the edit is asked for without the command.
  if (action.command !== undefined) return action;
  const refactoring = findRefactoring(document, data.id, data.selection);
  return refactoring === undefined
    ? undefined
    : { ...action, edit: workspaceEdit(document, refactoring, abilities, files) };
}

/** The edit as the client can take it. */
export function workspaceEdit(
  document: AnalysedDocument,
  refactoring: Refactoring,
  abilities: EditAbilities,
  files: SurroundingFiles,
): WorkspaceEdit {
  const edits = refactoring.edits.map(({ range, newText }) => ({ range, newText }));
  if (!abilities.documentChanges) return { changes: { [document.uri]: edits, ...plainChanges(refactoring, files) } };
  const annotate = abilities.changeAnnotations && refactoring.changesBehaviour;
  const annotation = annotate ? { annotationId: refactoring.id } : {};
  const main: TextDocumentEdit = {
    textDocument: { uri: document.uri, version: document.version },
    edits: edits.map((edit) => ({ ...edit, ...annotation })),
  };
  const around = (refactoring.files ?? []).flatMap((change) =>
    fileEdits(change, files, annotation, abilities.createFiles),
  );
  return {
    documentChanges: main.edits.length > 0 ? [...around, main] : around,
    ...(annotate
      ? {
          changeAnnotations: {
            [refactoring.id]: {
              label: titleWithEffect(refactoring),
              needsConfirmation: true,
              description: refactoring.caution ?? refactoring.effect.cache,
            },
          },
        }
      : {}),
  };
}

/** For a client that knows neither versions nor new files: what is added to files that are there. */
function plainChanges(refactoring: Refactoring, files: SurroundingFiles): NonNullable<WorkspaceEdit['changes']> {
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  for (const { path, text, before } of refactoring.files ?? []) {
    const uri = before === undefined ? undefined : files.uri(path);
    if (uri !== undefined) changes[uri] = [insertion(text, before ?? '')];
  }
  return changes;
}

/** The refactoring that was offered under the id, for a selection or without one. */
export function findRefactoring(
  document: AnalysedDocument,
  id: string,
  selection: Range | undefined,
): Refactoring | undefined {
  const { refactorings } = selection === undefined ? document.report : document.offersFor(selection);
  return refactorings.find((each) => each.id === id);
}

interface OfferedAction {
  readonly refactoring: Refactoring;
  readonly kind: CodeActionKind;
  /** That it is offered for; undefined for what is offered without one. */
  readonly selection: Range | undefined;
}

/** What saves most comes first; where nothing is known to be saved the order stays. */
function bySaving(refactorings: readonly Refactoring[]): Refactoring[] {
  const change = ({ effect: { bytes } }: Refactoring): number => bytes?.best ?? bytes?.high ?? 0;
  return refactorings
    .map((refactoring) => ({ refactoring, bytes: change(refactoring) }))
    .sort((one, other) => one.bytes - other.bytes)
    .map(({ refactoring }) => refactoring);
}

function actionFor(
  document: AnalysedDocument,
  { refactoring, kind, selection }: OfferedAction,
  { commands }: EditAbilities,
): CodeAction {
  const { uri, version } = document;
  const { id } = refactoring;
  const data: CodeActionData = { uri, version, id, ...(selection === undefined ? {} : { selection }) };
  const title = titleWithEffect(refactoring);
  // VS Code asks with a list in which nothing is ticked, so that "Apply" applies nothing: the comparison of the two texts asks instead.
  const asks = commands && refactoring.changesBehaviour;
  const does = asks ? { command: previewCommand(document, refactoring, selection, title), data } : { data };
  if (kind !== 'quickfix') return { title, kind, ...does };
  const fixed = document.report.findings.filter((finding) => finding.fixes?.includes(id));
  const diagnostics = fixed.map((finding) => diagnosticOf(document, finding));
  // "Auto Fix" takes the preferred one without asking, so it is none that changes what the image does.
  const preferred = !refactoring.changesBehaviour && fixed.some(({ fixes }) => fixes?.[0] === id);
  return { title, kind, diagnostics, ...(preferred ? { isPreferred: true } : {}), ...does };
}

/** What asks before it is applied shows its preview itself. */
function isWorthPreviewing({ refactoring: { changesBehaviour, kind, files = [] } }: OfferedAction): boolean {
  return !changesBehaviour && (kind === 'refactor.extract' || files.length > 0);
}

function previewFor(document: AnalysedDocument, { refactoring, selection }: OfferedAction): CodeAction {
  const title = t('Preview: {0}', titleWithEffect(refactoring));
  return { title, kind: refactorKind(refactoring), command: previewCommand(document, refactoring, selection, title) };
}

function previewCommand(
  { uri }: AnalysedDocument,
  { id }: Refactoring,
  selection: Range | undefined,
  title: string,
): Command {
  return {
    title,
    command: 'strata.previewRefactoring',
    arguments: [uri, id, ...(selection === undefined ? [] : [selection])],
  };
}

function disabledAction(refusal: Refusal): CodeAction {
  return { title: refusal.title, kind: 'refactor.rewrite', disabled: { reason: refusal.reason } };
}

function refactorKind({ kind }: Refactoring): CodeActionKind {
  return kind === 'quickfix' ? 'refactor.rewrite' : kind;
}

function isEmpty({ start, end }: Range): boolean {
  return start.line === end.line && start.character === end.character;
}

function isWanted(context: CodeActionContext): (action: CodeAction) => boolean {
  const { only } = context;
  if (only === undefined || only.length === 0) return () => true;
  return ({ kind = '' }) => only.some((wanted) => wanted === '' || kind === wanted || kind.startsWith(`${wanted}.`));
}
