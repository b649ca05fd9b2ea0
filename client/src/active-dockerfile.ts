/** Which Dockerfile the tree and the status bar are about, and its newest report. */
import * as vscode from 'vscode';
import type { ReportResult } from '../../server/src/protocol';

/** Where reports come from; the language client in the editor. */
export interface ReportSource {
  report(uri: vscode.Uri): Promise<ReportResult | null>;
  readonly onReportChanged: vscode.Event<{ readonly uri: string }>;
}

export class ActiveDockerfile implements vscode.Disposable {
  private readonly source: ReportSource;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private document: vscode.Uri | undefined;
  private latest: ReportResult | undefined;
  /** Grows with every question, so that a late answer to an older one is dropped. */
  private asked = 0;

  /** Fires when another Dockerfile became the current one or its report changed. */
  readonly onDidChange = this.changed.event;

  constructor(source: ReportSource) {
    this.source = source;
    this.disposables.push(
      vscode.window.onDidChangeActiveTextEditor(() => this.follow()),
      vscode.window.tabGroups.onDidChangeTabs(() => this.follow()),
      vscode.workspace.onDidOpenTextDocument(() => this.follow()),
      vscode.workspace.onDidCloseTextDocument(() => this.follow()),
      source.onReportChanged(({ uri }) => {
        if (uri === this.document?.toString()) void this.refresh();
      }),
    );
    this.follow();
  }

  /** The Dockerfile being looked at; undefined when none is open. */
  get uri(): vscode.Uri | undefined {
    return this.document;
  }

  /** Its newest report; undefined until the first one is there. */
  get result(): ReportResult | undefined {
    return this.latest;
  }

  /** Whether the active editor shows it. */
  get focused(): boolean {
    return vscode.window.activeTextEditor?.document.uri.toString() === this.document?.toString();
  }

  /** Fetches the report anew. */
  async refresh(): Promise<void> {
    const { document } = this;
    this.asked += 1;
    const { asked } = this;
    if (document === undefined) return;
    const result = await this.source.report(document);
    if (asked !== this.asked || document !== this.document || result === null) return;
    this.latest = result;
    this.changed.fire();
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  /** Another kind of editor in front keeps the last Dockerfile for as long as it stays open. */
  private follow(): void {
    const active = vscode.window.activeTextEditor?.document;
    const next =
      active !== undefined && isDockerfile(active)
        ? active.uri
        : this.document !== undefined && isOpen(this.document)
          ? this.document
          : vscode.window.visibleTextEditors.find((editor) => isDockerfile(editor.document))?.document.uri;
    void vscode.commands.executeCommand('setContext', 'strata.hasDockerfile', next !== undefined);
    if (next?.toString() === this.document?.toString()) {
      this.changed.fire();
      return;
    }
    this.document = next;
    this.latest = undefined;
    this.asked += 1;
    this.changed.fire();
    void this.refresh();
  }
}

/** Schemes of documents that somebody edits; a diff's old side and a preview are only looked at. */
export const editedSchemes = ['file', 'untitled', 'vscode-vfs'] as const;

/** Whether Strata has something to say about the document. */
export function isDockerfile(document: vscode.TextDocument): boolean {
  return document.languageId === 'dockerfile' && editedSchemes.some((scheme) => scheme === document.uri.scheme);
}

/**
 * Whether a tab shows the document. `workspace.textDocuments` would not do: the editor keeps a document there for
 * minutes after its last tab was closed.
 */
function isOpen(uri: vscode.Uri): boolean {
  const wanted = uri.toString();
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(({ input }) => {
      if (input instanceof vscode.TabInputText) return input.uri.toString() === wanted;
      if (input instanceof vscode.TabInputTextDiff) {
        return input.original.toString() === wanted || input.modified.toString() === wanted;
      }
      return false;
    });
}
