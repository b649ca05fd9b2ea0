/** What the client can do, read once from `initialize`. */
import type { InitializeParams } from 'vscode-languageserver';
import type { InitializationOptions } from '../protocol';
import type { EditAbilities } from './code-actions';

export interface ClientAbilities {
  readonly edits: EditAbilities;
  /** Code actions may come without their edit, to be resolved later. */
  readonly lazyEdits: boolean;
  /** Hints may come without their tooltip. */
  readonly lazyTooltips: boolean;
  readonly configuration: boolean;
  readonly configurationChanges: boolean;
  readonly workspaceFolders: boolean;
  readonly watchedFiles: boolean;
  readonly relativePatterns: boolean;
  readonly refreshHints: boolean;
  readonly refreshLenses: boolean;
}

/** Abilities as announced. */
export function clientAbilities({ capabilities, initializationOptions }: InitializeParams): ClientAbilities {
  const { textDocument, workspace } = capabilities;
  const edit = workspace?.workspaceEdit;
  return {
    edits: {
      documentChanges: edit?.documentChanges === true,
      changeAnnotations: edit?.changeAnnotationSupport !== undefined,
      createFiles: edit?.resourceOperations?.includes('create') === true,
      disabledActions: textDocument?.codeAction?.disabledSupport === true,
      // Only Strata's own client sends initialization options.
      commands: initializationOptions !== undefined && initializationOptions !== null,
    },
    lazyEdits: textDocument?.codeAction?.resolveSupport?.properties.includes('edit') === true,
    lazyTooltips: textDocument?.inlayHint?.resolveSupport?.properties.includes('tooltip') === true,
    configuration: workspace?.configuration === true,
    configurationChanges: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    watchedFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    relativePatterns: workspace?.didChangeWatchedFiles?.relativePatternSupport === true,
    refreshHints: workspace?.inlayHint?.refreshSupport === true,
    refreshLenses: workspace?.codeLens?.refreshSupport === true,
  };
}

/**
 * Initialization options, checked. A client that sends none is a person's own editor set-up or `strata lsp`, which
 * stands for trust as running the command line does.
 */
export function initializationOptions({ initializationOptions, locale }: InitializeParams): InitializationOptions {
  const given: Readonly<Record<string, unknown>> =
    typeof initializationOptions === 'object' && initializationOptions !== null
      ? Object.fromEntries(Object.entries(initializationOptions))
      : {};
  const storagePath = given.storagePath;
  return {
    trusted: typeof given.trusted === 'boolean' ? given.trusted : true,
    otherDockerExtension: given.otherDockerExtension === true,
    locale: typeof given.locale === 'string' ? given.locale : (locale ?? 'en'),
    ...(typeof storagePath === 'string' && storagePath !== '' ? { storagePath } : {}),
  };
}
