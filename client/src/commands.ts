/** Strata's commands: one table of names and what they do. */
import * as vscode from 'vscode';
import { type ActiveDockerfile, isDockerfile } from './active-dockerfile';
import { selectTarget, setBuildArgument } from './build-choices';
import type { LayerTree } from './layer-tree';
import type { PreviewDocuments } from './preview-documents';
import type { OfferedRefactoring, ServerConnection } from './server-connection';

export interface CommandSurroundings {
  readonly active: ActiveDockerfile;
  readonly server: ServerConnection;
  readonly tree: LayerTree;
  readonly previews: PreviewDocuments;
}

type PlainRange = NonNullable<OfferedRefactoring['selection']>;

type Command = (...parameters: readonly unknown[]) => unknown;

/** Registers every command that package.json declares. */
export function registerCommands(surroundings: CommandSurroundings): vscode.Disposable {
  const commands = Object.entries(commandTable(surroundings)).map(([name, run]) =>
    vscode.commands.registerCommand(name, run),
  );
  return vscode.Disposable.from(...commands);
}

function commandTable({ active, server, tree, previews }: CommandSurroundings): Readonly<Record<string, Command>> {
  /** The Dockerfile that a command is about: the one it was given, else the current one. */
  const about = async (given: unknown): Promise<vscode.Uri | undefined> => {
    const uri = uriOf(given) ?? active.uri;
    if (uri === undefined) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Open a Dockerfile first.'));
      return undefined;
    }
    return uri;
  };
  return {
    'strata.showLayers': async (given, line) => {
      const uri = uriOf(given);
      if (uri !== undefined && uri.toString() !== active.uri?.toString()) await vscode.window.showTextDocument(uri);
      await tree.show(typeof line === 'number' ? line : undefined);
    },
    'strata.record': async (given) => {
      const uri = await about(given);
      if (uri === undefined) return;
      const { recorded, message } = await server.record(uri);
      void (recorded ? vscode.window.showInformationMessage(message) : vscode.window.showWarningMessage(message));
    },
    'strata.selectTarget': async (given, name) => {
      const uri = await about(given);
      const result = uri === undefined ? null : await server.report(uri);
      if (uri === undefined || result === null) return;
      await selectTarget(uri, result.report, typeof name === 'string' ? name : undefined);
    },
    'strata.makeTarget': async (node) => {
      const name = targetNameOf(node);
      if (name !== undefined) await vscode.commands.executeCommand('strata.selectTarget', active.uri, name);
    },
    'strata.setBuildArgument': async (given) => {
      const uri = await about(given);
      if (uri !== undefined) await setBuildArgument(await vscode.workspace.openTextDocument(uri));
    },
    'strata.previewRefactoring': async (given, id, selection) => {
      const uri = await about(given);
      if (uri === undefined) return;
      const chosen = typeof id === 'string' ? id : await chooseRefactoring(server, uri);
      if (chosen === undefined) return;
      await previews.show(uri, { id: chosen, ...(isRange(selection) ? { selection } : {}) });
    },
    'strata.applyPreview': (given) => previews.apply(uriOf(given)),
    'strata.refresh': async () => {
      const { uri, result } = active;
      if (uri === undefined) return;
      const context = result?.report.context.path ?? '';
      await server.filesChanged([uri, ...(context === '' ? [] : [vscode.Uri.file(context)])]);
      await active.refresh();
    },
    'strata.showLog': () => server.log.show(),
    'strata.copyReport': async (given) => {
      const uri = await about(given);
      const result = uri === undefined ? null : await server.report(uri);
      if (result === null) return;
      await vscode.env.clipboard.writeText(`${JSON.stringify(result.report, null, 2)}\n`);
      vscode.window.setStatusBarMessage(vscode.l10n.t('The report is on the clipboard, as JSON.'), 5000);
    },
    'strata.openDockerfile': openDockerfile,
    'strata.revealLine': async (given, line) => {
      const uri = uriOf(given);
      if (uri === undefined || typeof line !== 'number') return;
      tree.leadsCursor();
      const position = new vscode.Position(Math.max(0, line - 1), 0);
      const editor = await vscode.window.showTextDocument(uri, {
        preserveFocus: true,
        selection: new vscode.Range(position, position),
        viewColumn: columnOf(uri),
      });
      editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    },
  };
}

/** The column that shows the document already, so that a click in the tree opens no second editor of it. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return editor?.viewColumn ?? vscode.ViewColumn.Active;
}

async function chooseRefactoring(server: ServerConnection, uri: vscode.Uri): Promise<string | undefined> {
  const refactorings = (await server.wholeReport(uri))?.report.refactorings ?? [];
  if (refactorings.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Strata has no refactoring to offer for this Dockerfile.'));
    return undefined;
  }
  const items = refactorings.map(({ id, title, line, effect }) => ({
    label: title,
    description: vscode.l10n.t('line {0}', line),
    detail: effect.cache,
    id,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Strata: refactoring to preview') });
  return chosen?.id;
}

async function openDockerfile(): Promise<void> {
  const open = vscode.workspace.textDocuments.find(isDockerfile);
  const found = await vscode.workspace.findFiles(
    '**/{Dockerfile,Dockerfile.*,*.Dockerfile,*.dockerfile,Containerfile,Containerfile.*}',
    '**/{node_modules,.git}/**',
    200,
  );
  const files = found.filter((uri) => !uri.path.endsWith('.dockerignore'));
  const [first] = files;
  if (first === undefined) {
    if (open !== undefined) await vscode.window.showTextDocument(open);
    else void vscode.window.showInformationMessage(vscode.l10n.t('There is no Dockerfile in this workspace.'));
    return;
  }
  if (files.length === 1) {
    await vscode.window.showTextDocument(first);
    return;
  }
  const items = files
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((left, right) => left.label.localeCompare(right.label));
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Strata: Dockerfile to open') });
  if (chosen !== undefined) await vscode.window.showTextDocument(chosen.uri);
}

function uriOf(given: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) return given;
  return typeof given === 'string' ? vscode.Uri.parse(given) : undefined;
}

/** A range as the server sent it along with the command. */
function isRange(value: unknown): value is PlainRange {
  return isRecord(value) && isPosition(value.start) && isPosition(value.end);
}

function isPosition(value: unknown): value is PlainRange['start'] {
  return isRecord(value) && typeof value.line === 'number' && typeof value.character === 'number';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function targetNameOf(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null || !('targetName' in node)) return undefined;
  return typeof node.targetName === 'string' ? node.targetName : undefined;
}
