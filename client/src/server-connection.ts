/** The language client: starts the server, restarts it when trust or other extensions change, and asks it. */
import * as vscode from 'vscode';
import { type CodeAction, LanguageClient, State, TransportKind, type WorkspaceEdit } from 'vscode-languageclient/node';
import {
  type InitializationOptions,
  methods,
  type PreviewParameters,
  type PreviewResult,
  type RecordResult,
  type ReportChanged,
  type ReportParameters,
  type ReportResult,
} from '../../server/src/protocol';
import { editedSchemes } from './active-dockerfile';
import { serverArguments, serverEnvironment } from './server-process';

/** Extensions that bring ordinary Dockerfile features of their own. */
const otherDockerExtensions = ['ms-azuretools.vscode-containers', 'ms-azuretools.vscode-docker', 'docker.docker'];

/** How a refactoring is named to the server. */
export type OfferedRefactoring = Pick<PreviewParameters, 'id' | 'selection'>;

export class ServerConnection implements vscode.Disposable {
  readonly log: vscode.LogOutputChannel;
  private readonly context: vscode.ExtensionContext;
  private readonly reportChanged = new vscode.EventEmitter<ReportChanged>();
  private readonly disposables: vscode.Disposable[] = [this.reportChanged];
  private client: LanguageClient | undefined;
  private starting: Promise<void> = Promise.resolve();
  private otherExtension = hasOtherDockerExtension();

  /** Fires when the server has a new report of a document. */
  readonly onReportChanged = this.reportChanged.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.context = context;
    this.log = log;
    this.disposables.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart('the workspace is trusted now')),
      vscode.extensions.onDidChange(() => {
        if (hasOtherDockerExtension() === this.otherExtension) return;
        this.otherExtension = hasOtherDockerExtension();
        this.restart('another Docker extension came or went');
      }),
    );
  }

  /** Starts the server; a failure is shown once, with the way to the log. */
  start(): void {
    this.starting = this.starting.then(() => this.launch());
  }

  /** Resolves when the server answers, or has failed to start. */
  async ready(): Promise<void> {
    await this.starting;
  }

  /** Report of an open Dockerfile without its refactorings; null when there is none to be had. */
  async report(uri: vscode.Uri): Promise<ReportResult | null> {
    const parameters: ReportParameters = { uri: uri.toString(), withoutRefactorings: true };
    return this.ask<ReportResult | null>(methods.report, parameters, null);
  }

  /** The whole report, refactorings with their effects included, which takes longer. */
  async wholeReport(uri: vscode.Uri): Promise<ReportResult | null> {
    const parameters: ReportParameters = { uri: uri.toString() };
    return this.ask<ReportResult | null>(methods.report, parameters, null);
  }

  /** Takes the current state of the Dockerfile as built. */
  async record(uri: vscode.Uri): Promise<RecordResult> {
    const message = vscode.l10n.t('Strata is not running; its log says why.');
    return this.ask<RecordResult>(methods.record, { uri: uri.toString() }, { recorded: false, message });
  }

  /** Text that a refactoring would make; null when it is no longer offered. */
  async preview(uri: vscode.Uri, { id, selection }: OfferedRefactoring): Promise<PreviewResult | null> {
    const parameters: PreviewParameters = {
      uri: uri.toString(),
      id,
      ...(selection === undefined ? {} : { selection }),
    };
    return this.ask<PreviewResult | null>(methods.preview, parameters, null);
  }

  /** The edit of a refactoring that was previewed, so without asking again; undefined when it is no longer offered. */
  async refactoringEdit(
    uri: vscode.Uri,
    { id, selection }: OfferedRefactoring,
    line: number,
  ): Promise<vscode.WorkspaceEdit | undefined> {
    const position = { line, character: 0 };
    const parameters = {
      textDocument: { uri: uri.toString() },
      range: selection ?? { start: position, end: position },
      context: { diagnostics: [] },
    };
    const offered = await this.ask<CodeAction[]>('textDocument/codeAction', parameters, []);
    const action = offered.find(({ data }) => hasId(data, id));
    if (action === undefined || this.client === undefined) return undefined;
    // An action that asks before it changes anything has a command in place of an edit.
    const { command: _, ...plain } = action;
    const resolved = await this.ask<CodeAction>('codeAction/resolve', plain, plain);
    return resolved.edit === undefined
      ? undefined
      : this.client.protocol2CodeConverter.asWorkspaceEdit(withoutConfirmation(resolved.edit), undefined);
  }

  /** Has the server look at files again as if they had just changed. */
  async filesChanged(uris: readonly vscode.Uri[]): Promise<void> {
    await this.ready();
    if (this.client?.state !== State.Running) return;
    await this.client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: uris.map((uri) => ({ uri: uri.toString(), type: 2 })),
    });
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
    void this.stop();
  }

  /** Ends the server and waits for its end. */
  async stop(): Promise<void> {
    await this.starting;
    const { client } = this;
    this.client = undefined;
    await client?.dispose();
  }

  private restart(why: string): void {
    this.log.info(`Restarting the language server: ${why}.`);
    this.starting = this.starting
      .then(() => this.client?.dispose())
      .catch((error: unknown) => this.log.warn(`The language server did not end as asked: ${String(error)}`))
      .then(() => this.launch());
  }

  private async launch(): Promise<void> {
    const module = this.context.asAbsolutePath('dist/server.js');
    const client = new LanguageClient(
      'strata',
      'Strata',
      {
        run: {
          module,
          transport: TransportKind.ipc,
          options: { execArgv: [...serverArguments], env: { ...serverEnvironment } },
        },
        debug: {
          module,
          transport: TransportKind.ipc,
          options: { execArgv: [...serverArguments, '--nolazy', '--inspect=6019'], env: { ...serverEnvironment } },
        },
      },
      {
        // Ignore files too: a refactoring adds lines to what is in the editor, saved or not.
        documentSelector: editedSchemes.flatMap((scheme) => [
          { language: 'dockerfile', scheme },
          { scheme, pattern: '**/{.dockerignore,*.dockerignore}' },
        ]),
        outputChannel: this.log,
        initializationOptions: this.options(),
      },
    );
    client.onNotification(methods.reportChanged, (changed: ReportChanged) => this.reportChanged.fire(changed));
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(`The language server did not start: ${String(error)}`);
      const show = vscode.l10n.t('Show log');
      const chosen = vscode.window.showErrorMessage(vscode.l10n.t('Strata could not start.'), show);
      void chosen.then((choice) => choice === show && this.log.show());
    }
  }

  /** Where the server keeps records of builds; undefined where there is no disk to keep them on. */
  get recordsFolder(): vscode.Uri | undefined {
    const { storage } = this;
    return storage.scheme === 'file' ? vscode.Uri.joinPath(storage, 'records') : undefined;
  }

  private get storage(): vscode.Uri {
    return this.context.storageUri ?? this.context.globalStorageUri;
  }

  private options(): InitializationOptions {
    const { storage } = this;
    return {
      trusted: vscode.workspace.isTrusted,
      otherDockerExtension: this.otherExtension,
      locale: vscode.env.language,
      ...(storage.scheme === 'file' ? { storagePath: storage.fsPath } : {}),
    };
  }

  private async ask<Result>(method: string, parameters: object, fallback: Result): Promise<Result> {
    await this.ready();
    if (this.client?.state !== State.Running) return fallback;
    try {
      return await this.client.sendRequest<Result>(method, parameters);
    } catch (error) {
      this.log.warn(`${method}: ${error instanceof Error ? error.message : String(error)}`);
      return fallback;
    }
  }
}

/** The edit without VS Code asking in its own refactor preview. */
function withoutConfirmation(edit: WorkspaceEdit): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {}).map(([id, annotation]) => [
    id,
    { ...annotation, needsConfirmation: false },
  ]);
  return annotations.length === 0 ? edit : { ...edit, changeAnnotations: Object.fromEntries(annotations) };
}

function hasOtherDockerExtension(): boolean {
  return otherDockerExtensions.some((id) => vscode.extensions.getExtension(id) !== undefined);
}

function hasId(data: unknown, id: string): boolean {
  return typeof data === 'object' && data !== null && 'id' in data && data.id === id;
}
