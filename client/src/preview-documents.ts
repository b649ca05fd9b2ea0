/** Previews of refactorings: a diff between the Dockerfile and what it would become, with a button that applies it. */
import * as vscode from 'vscode';
import type { OfferedRefactoring, ServerConnection } from './server-connection';

export const previewScheme = 'strata-preview';

interface Preview {
  readonly document: vscode.Uri;
  readonly offered: OfferedRefactoring;
  readonly line: number;
  readonly documentVersion: number;
  readonly text: string;
}

/** Previews kept; each is a Dockerfile's text, and only the one in front is looked at. */
const keptPreviews = 20;

export class PreviewDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly server: ServerConnection;
  private readonly previews = new Map<string, Preview>();
  private readonly registration: vscode.Disposable;
  private count = 0;

  constructor(server: ServerConnection) {
    this.server = server;
    this.registration = vscode.workspace.registerTextDocumentContentProvider(previewScheme, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.previews.get(uri.toString())?.text ?? '';
  }

  /** Opens the diff of a refactoring. */
  async show(document: vscode.Uri, offered: OfferedRefactoring): Promise<void> {
    const [preview, result] = await Promise.all([
      this.server.preview(document, offered),
      this.server.wholeReport(document),
    ]);
    const refactoring = result?.report.refactorings.find((each) => each.id === offered.id);
    if (preview === null) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('This refactoring is no longer offered: the Dockerfile has changed.'),
      );
      return;
    }
    const offer = { document, offered, line: (refactoring?.line ?? 1) - 1, documentVersion: preview.documentVersion };
    const [file] = refactoring?.files ?? [];
    // A refactoring that only makes a file leaves the Dockerfile as it is, so the file is what there is to see.
    const makesFile = file !== undefined && refactoring?.edits.length === 0;
    const before = makesFile ? this.keep({ ...offer, text: file.before ?? '' }, file.path) : document;
    const uri = makesFile
      ? this.keep({ ...offer, text: file.text }, file.path)
      : this.keep({ ...offer, text: preview.text }, document.path);
    await vscode.commands.executeCommand('vscode.diff', before, uri, preview.title, { preview: true });
    // Not awaited: the message stays while the diff is looked at.
    void this.offerToApply(uri, preview.title, [refactoring?.caution, refactoring?.effect.cache]);
  }

  private keep(preview: Preview, path: string): vscode.Uri {
    this.count += 1;
    const uri = vscode.Uri.from({
      scheme: previewScheme,
      path: path.startsWith('/') ? path : `/${path}`,
      query: String(this.count),
    });
    this.previews.set(uri.toString(), preview);
    for (const key of [...this.previews.keys()].slice(0, -keptPreviews)) this.previews.delete(key);
    return uri;
  }

  /** One line with the effect, and on demand every consequence on a line of its own. */
  private async offerToApply(uri: vscode.Uri, title: string, texts: readonly (string | undefined)[]): Promise<void> {
    const sentences = texts.flatMap((text) => text?.split(/(?<=\.)\s+/) ?? []).filter((each) => each !== '');
    const apply = vscode.l10n.t('Apply');
    const details = vscode.l10n.t('What Changes');
    const choice = await vscode.window.showInformationMessage(title, apply, ...(sentences.length > 0 ? [details] : []));
    if (choice === apply) await this.apply(uri);
    if (choice !== details) return;
    const detail = sentences.map((sentence) => `• ${sentence}`).join('\n');
    if ((await vscode.window.showInformationMessage(title, { modal: true, detail }, apply)) === apply) {
      await this.apply(uri);
    }
  }

  /** Applies the previewed refactoring, if the Dockerfile still is as it was. */
  async apply(uri: vscode.Uri | undefined): Promise<void> {
    const key = (uri ?? activePreview())?.toString();
    const preview = key === undefined ? undefined : this.previews.get(key);
    if (preview === undefined) return;
    const now = await this.server.report(preview.document);
    const edit =
      now?.documentVersion === preview.documentVersion
        ? await this.server.refactoringEdit(preview.document, preview.offered, preview.line)
        : undefined;
    const applied = edit !== undefined && (await vscode.workspace.applyEdit(edit, { isRefactoring: true }));
    if (applied) {
      await closeTabsOf(uri ?? activePreview());
      await vscode.window.showTextDocument(preview.document);
    } else {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('Nothing was changed: the Dockerfile is not as it was when the preview was made.'),
      );
    }
  }

  dispose(): void {
    this.registration.dispose();
    this.previews.clear();
  }
}

async function closeTabsOf(preview: vscode.Uri | undefined): Promise<void> {
  const tabs = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === preview?.toString(),
    );
  await vscode.window.tabGroups.close(tabs);
}

function activePreview(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input.modified : undefined;
}
