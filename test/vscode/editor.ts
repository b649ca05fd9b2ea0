/** What the tests do with the editor: open, ask, change, and wait for what arrives later. */
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { StrataApi } from '../../client/src/extension';
import type { Report } from '../../server/src/report/types';

/** Milliseconds that something may take to appear; long, for a busy machine, and only ever used up by a failure. */
const patience = 60_000;

/** The extension under test, active. */
export async function strata(): Promise<StrataApi> {
  const extension = vscode.extensions.getExtension<StrataApi>('strata.strata-dockerfile');
  assert.ok(extension, 'the extension is not installed');
  const api = await extension.activate();
  await api.ready();
  return api;
}

/** A file of the workspace. */
export function file(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Opens a Dockerfile of the workspace in the active editor and waits for its complete report. */
export async function openDockerfile(path: string): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(file(path));
  await completeReport(editor.document);
  return editor;
}

/** Report of the document's present text, when every background fact has arrived. */
export async function completeReport(document: vscode.TextDocument): Promise<Report> {
  const { report } = await strata();
  return eventually('a complete report', async () => {
    const result = await report(document.uri);
    if (result === null || result.documentVersion !== document.version) return undefined;
    const pending =
      result.report.context.state === 'pending' ||
      result.report.baseline.kind === 'pending' ||
      result.report.stages.some((stage) => stage.steps.some((step) => step.cache.status === 'pending'));
    return pending ? undefined : result.report;
  });
}

/**
 * The first value that is there.
 * @param what named in the error when it never is
 * @param look gives undefined for "not yet"
 */
export async function eventually<Value>(
  what: string,
  look: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const deadline = performance.now() + patience;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not appear within ${patience / 1000} s`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** Replaces the whole text without saving it. */
export async function replaceText(editor: vscode.TextEditor, text: string): Promise<void> {
  const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
  assert.ok(await editor.edit((edit) => edit.replace(whole, text)), 'the edit was refused');
}

/** Gives up unsaved changes and closes every editor. */
export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Sets a setting of the workspace; undefined takes it back. */
export async function setSetting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('strata').update(name, value, vscode.ConfigurationTarget.Workspace);
}

/** Inlay hints of the whole document: line from 0, and text. */
export async function hints(document: vscode.TextDocument): Promise<{ line: number; text: string }[]> {
  const found = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    new vscode.Range(0, 0, document.lineCount, 0),
  );
  return found.map(({ position, label }) => ({
    line: position.line,
    text: typeof label === 'string' ? label : label.map(({ value }) => value).join(''),
  }));
}

/** Text of the hint at the end of a line (from 0). */
export async function hintAt(document: vscode.TextDocument, line: number): Promise<string | undefined> {
  return (await hints(document)).find((hint) => hint.line === line)?.text;
}

/** Markdown of every hover at a position, each provider's one entry. */
export async function hovers(document: vscode.TextDocument, line: number, character = 1): Promise<string[]> {
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    new vscode.Position(line, character),
  );
  return found.map(({ contents }) =>
    contents.map((content) => (typeof content === 'string' ? content : content.value)).join('\n'),
  );
}

/** Titles of the code lenses, with the line (from 0) each stands over. */
export async function lenses(document: vscode.TextDocument): Promise<{ line: number; title: string }[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
    100,
  );
  return found.map(({ range, command }) => ({ line: range.start.line, title: command?.title ?? '' }));
}

/** Code actions for a range, with their edits. */
export function codeActions(document: vscode.TextDocument, range: vscode.Range): Thenable<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    range,
    undefined,
    100,
  );
}

/** Carries out the command of an action that asks first: looks at the comparison that it opens, and applies it. */
export async function confirmed({ command, arguments: given = [] }: vscode.Command): Promise<void> {
  await vscode.commands.executeCommand(command, ...given);
  const diff = await eventually('the preview', () => {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof vscode.TabInputTextDiff ? input : undefined;
  });
  await vscode.commands.executeCommand('strata.applyPreview', diff.modified);
}
