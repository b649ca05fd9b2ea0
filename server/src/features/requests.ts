/** Takes the requests that Strata itself answers, and hands each to its feature. */
import type { CancellationToken, CodeAction, Connection, InlayHint } from 'vscode-languageserver';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { t } from '../localize';
import {
  methods,
  type PreviewParameters,
  type PreviewResult,
  type RecordParameters,
  type RecordResult,
  type ReportParameters,
  type ReportResult,
} from '../protocol';
import type { AnalysedDocument } from './analysed-document';
import { type SurroundingFiles, staleFile } from './changed-files';
import type { ClientAbilities } from './client-abilities';
import { type CodeActionData, codeActions, findRefactoring, resolveCodeAction } from './code-actions';
import { codeLenses } from './code-lens';
import { fixAllActions, fixAllKind, resolveFixAll } from './fix-all-action';
import { guarded, type LogChannel } from './guard';
import { hover } from './hover';
import { type HintData, inlayHints, resolveHint } from './inlay-hints';
import { documentationAt, type LanguageService, serviceFixes } from './language-service';
import { preview } from './preview';
import { reportResult } from './report';

export interface RequestSurroundings {
  readonly log: LogChannel;
  readonly abilities: ClientAbilities;
  readonly service: () => LanguageService;
  /** The newest text of an open document with its report. */
  readonly analysed: (uri: string) => Promise<AnalysedDocument | undefined>;
  /** Whether the language service answers for this document too. */
  readonly basics: (document: AnalysedDocument) => boolean;
  /** The files around a document, which refactorings make or add lines to. */
  readonly files: (uri: string) => SurroundingFiles;
  readonly record: (uri: string) => Promise<RecordResult>;
}

/** Registers a handler for every request that Strata answers. */
export function listenForRequests(connection: Connection, surroundings: RequestSurroundings): void {
  const { log, abilities, service, analysed, basics } = surroundings;

  /** Answer made from the document as it is now; `fallback` for a document that is not open, and on an error. */
  const about = <Result>(
    what: string,
    uri: string,
    fallback: Result,
    token: CancellationToken,
    answer: (document: AnalysedDocument) => Result | Promise<Result>,
  ): Promise<Result> =>
    guarded(log, `${what} of ${uri}`, fallback, token, async () => {
      const document = await analysed(uri);
      return document === undefined || token.isCancellationRequested ? fallback : answer(document);
    });

  connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token) =>
    about<InlayHint[]>('inlay hints', uri, [], token, (document) =>
      inlayHints(document, range).map((hint) =>
        abilities.lazyTooltips || !isHintData(hint.data) ? hint : resolveHint(document, hint, hint.data),
      ),
    ),
  );
  connection.languages.inlayHint.resolve((hint, token) => {
    const { data } = hint;
    if (!isHintData(data)) return hint;
    return about<InlayHint>('inlay hint', data.uri, hint, token, (document) => resolveHint(document, hint, data));
  });

  connection.onHover(({ textDocument: { uri }, position }, token) =>
    about('hover', uri, null, token, (document) =>
      hover(document, position, basics(document) ? documentationAt(service(), document, position) : undefined),
    ),
  );

  connection.onCodeLens(({ textDocument: { uri } }, token) =>
    about('code lenses', uri, [], token, (document) => codeLenses(document, abilities.edits.commands)),
  );

  connection.onCodeAction(({ textDocument: { uri }, range, context }, token) =>
    about<CodeAction[]>('code actions', uri, [], token, async (document) => {
      const offered = await Promise.all(
        [...codeActions(document, range, context, abilities.edits), ...fixAllActions(document, context)].map(
          async (action) => {
            if (abilities.lazyEdits || !isActionData(action.data)) return action;
            const answer = await resolved(document, action, action.data);
            return answer.kind === 'action' ? answer.action : action;
          },
        ),
      );
      const wantsFixes = context.only === undefined || context.only.some((kind) => 'quickfix'.startsWith(kind));
      return wantsFixes && basics(document)
        ? [...offered, ...serviceFixes(service(), document, range, abilities.edits.documentChanges)]
        : offered;
    }),
  );
  connection.onCodeActionResolve(async (action, token) => {
    const { data } = action;
    if (!isActionData(data)) return action;
    const document = await guarded(log, `code action of ${data.uri}`, undefined, token, () => analysed(data.uri));
    const answer: Resolved =
      document === undefined
        ? { kind: 'changed', message: dockerfileChanged() }
        : await resolved(document, action, data);
    if (answer.kind === 'changed') throw new ResponseError(LSPErrorCodes.ContentModified, answer.message);
    return answer.action;
  });

  type Resolved =
    | { readonly kind: 'action'; readonly action: CodeAction }
    | { readonly kind: 'changed'; readonly message: string };

  const dockerfileChanged = () => t('The Dockerfile has changed since this was offered.');

  /** The action with its edit, unless a text is another than the one that the edit was computed for. */
  const resolved = async (document: AnalysedDocument, action: CodeAction, data: CodeActionData): Promise<Resolved> => {
    if (data.id === fixAllKind) {
      const fixed = resolveFixAll(document, action, data.version, abilities.edits.documentChanges);
      return fixed === undefined
        ? { kind: 'changed', message: dockerfileChanged() }
        : { kind: 'action', action: fixed };
    }
    const files = surroundings.files(document.uri);
    const stale = await staleFile(findRefactoring(document, data.id, data.selection)?.files ?? [], files);
    if (stale !== undefined) {
      return { kind: 'changed', message: t('{0} has changed since this was offered, or was not saved.', stale) };
    }
    const result = resolveCodeAction(document, action, data, abilities.edits, files);
    return result === undefined
      ? { kind: 'changed', message: dockerfileChanged() }
      : { kind: 'action', action: result };
  };

  connection.onRequest(methods.report, (params: ReportParameters, token: CancellationToken) =>
    about<ReportResult | null>('report', params.uri, null, token, (document) => reportResult(document, params)),
  );
  connection.onRequest(methods.preview, (params: PreviewParameters, token: CancellationToken) =>
    about<PreviewResult | null>('preview', params.uri, null, token, (document) =>
      preview(document, params.id, params.selection),
    ),
  );
  connection.onRequest(methods.record, (params: RecordParameters, token: CancellationToken) =>
    guarded<RecordResult>(
      log,
      `record of ${params.uri}`,
      { recorded: false, message: t('The state could not be recorded; the log says why.') },
      token,
      () => surroundings.record(params.uri),
    ),
  );
}

function isHintData(data: unknown): data is HintData {
  return hasAddress(data) && 'line' in data && typeof data.line === 'number';
}

function isActionData(data: unknown): data is CodeActionData {
  return hasAddress(data) && 'id' in data && typeof data.id === 'string';
}

function hasAddress(data: unknown): data is { uri: string; version: number } {
  return (
    typeof data === 'object' &&
    data !== null &&
    'uri' in data &&
    typeof data.uri === 'string' &&
    'version' in data &&
    typeof data.version === 'number'
  );
}
