/** Activation: puts the parts together, and gives the tests a way to look at them. */
import * as vscode from 'vscode';
import { setLanguageBundle } from '../../server/src/localize';
import type { ReportResult } from '../../server/src/protocol';
import { ActiveDockerfile } from './active-dockerfile';
import { registerCommands } from './commands';
import { ContextRecheck } from './context-recheck';
import { LayerTree } from './layer-tree';
import type { TreeNode } from './layer-tree-model';
import { PreviewDocuments } from './preview-documents';
import { ServerConnection } from './server-connection';
import { StatusBar } from './status-bar';

/** What `activate` returns; the tests in a real editor use it. */
export interface StrataApi {
  /** Report of an open Dockerfile. */
  report(uri: vscode.Uri | string): Promise<ReportResult | null>;
  readonly tree: {
    /** Nodes below the one with the id; without an id, the stages. */
    children(id?: string): Promise<readonly TreeNode[]>;
  };
  /** Text of the status-bar item without its icon; empty while it is hidden. */
  statusText(): string;
  /** Text of the item on what the next build runs again; empty while it is hidden. */
  rebuildText(): string;
  /** Folder of the records of builds; undefined where none are kept. */
  readonly recordsFolder: vscode.Uri | undefined;
  /** Resolves when the language server answers. */
  ready(): Promise<void>;
}

let server: ServerConnection | undefined;

export function activate(context: vscode.ExtensionContext): StrataApi {
  // The size formatter is shared with the server and takes its sentences from the same bundle.
  setLanguageBundle(sentencesOf(vscode.l10n.bundle));
  const log = vscode.window.createOutputChannel('Strata', { log: true });
  const connection = new ServerConnection(context, log);
  server = connection;
  const active = new ActiveDockerfile(connection);
  const tree = new LayerTree(active);
  const statusBar = new StatusBar(active);
  const previews = new PreviewDocuments(connection);
  context.subscriptions.push(
    log,
    active,
    tree,
    statusBar,
    previews,
    new ContextRecheck(active, connection),
    registerCommands({ active, server: connection, tree, previews }),
  );
  connection.start();
  return {
    report: (uri) => connection.wholeReport(typeof uri === 'string' ? vscode.Uri.parse(uri) : uri),
    tree: { children: async (id) => tree.children(id) },
    statusText: () => statusBar.text,
    rebuildText: () => statusBar.rebuildText,
    recordsFolder: connection.recordsFolder,
    ready: () => connection.ready(),
  };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
  server?.dispose();
}

function sentencesOf(bundle: typeof vscode.l10n.bundle): Readonly<Record<string, string>> {
  return bundle === undefined
    ? {}
    : Object.fromEntries(Object.entries(bundle).map(([key, value]) => [key, String(value)]));
}
