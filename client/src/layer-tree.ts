/** The layer tree view: renders the model, follows the cursor, and leads to the line. */
import * as vscode from 'vscode';
import type { ActiveDockerfile } from './active-dockerfile';
import { layerTree, nodeAt, type TreeNode } from './layer-tree-model';

export const viewId = 'strata.layers';

/** Milliseconds that the cursor rests before the tree follows it. */
const followDelay = 80;
/** How long a click in the tree leads the cursor, in milliseconds. */
const leadingTime = 500;

export class LayerTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly active: ActiveDockerfile;
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly treeChanged = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly parents = new Map<TreeNode, TreeNode>();
  private readonly opened = new Map<string, boolean>();
  private nodes: readonly TreeNode[] = [];
  private shown = '';
  private following: NodeJS.Timeout | undefined;
  /** Until then (milliseconds since the epoch) the cursor goes where a click in the tree sends it. */
  private leadingUntil = 0;

  readonly onDidChangeTreeData = this.treeChanged.event;

  constructor(active: ActiveDockerfile) {
    this.active = active;
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true });
    this.disposables.push(
      this.treeChanged,
      this.view,
      active.onDidChange(() => this.update()),
      this.view.onDidExpandElement(({ element }) => this.opened.set(element.id, true)),
      this.view.onDidCollapseElement(({ element }) => this.opened.set(element.id, false)),
      this.view.onDidChangeVisibility(() => this.followCursor()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor.document.uri.toString() === active.uri?.toString()) this.followCursor();
      }),
    );
    this.update();
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return [...(node === undefined ? this.nodes : node.children)];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.parents.get(node);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = new vscode.TreeItem(
      node.label,
      node.children.length === 0
        ? vscode.TreeItemCollapsibleState.None
        : node.initiallyOpen
          ? vscode.TreeItemCollapsibleState.Expanded
          : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = `${this.active.uri?.toString() ?? ''}#${node.id}`;
    item.description = node.description;
    item.tooltip = new vscode.MarkdownString(node.tooltip);
    item.iconPath = new vscode.ThemeIcon(
      node.icon.name,
      node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color),
    );
    item.contextValue = node.targetName === undefined ? node.kind : `${node.kind}.other`;
    item.accessibilityInformation = { label: [node.label, node.description].filter((part) => part !== '').join(', ') };
    const command = this.commandOf(node);
    if (command !== undefined) item.command = command;
    return item;
  }

  /** What a click does: it opens the node's file, or leads to its line. */
  private commandOf(node: TreeNode): vscode.Command | undefined {
    const { uri, result } = this.active;
    const line = node.lines?.first ?? node.leadsTo;
    if (node.opens !== undefined && result !== undefined && result.report.context.path !== '') {
      const file = vscode.Uri.joinPath(vscode.Uri.file(result.report.context.path), node.opens);
      return { command: 'vscode.open', title: vscode.l10n.t('Open the file'), arguments: [file] };
    }
    if (line === undefined || uri === undefined) return undefined;
    return { command: 'strata.revealLine', title: vscode.l10n.t('Go to the instruction'), arguments: [uri, line] };
  }

  /** Nodes below the one with the id, or the stages; for tests. */
  children(id?: string): readonly TreeNode[] {
    if (id === undefined) return this.nodes;
    const all = (nodes: readonly TreeNode[]): readonly TreeNode[] =>
      nodes.flatMap((node) => [node, ...all(node.children)]);
    return all(this.nodes).find((node) => node.id === id)?.children ?? [];
  }

  /** Brings the tree to the front and selects what stands on a line (from 1). */
  async show(line?: number): Promise<void> {
    await vscode.commands.executeCommand(`${viewId}.focus`);
    const node =
      line === undefined
        ? undefined
        : (this.nodes.find(({ lines }) => lines?.first === line) ?? nodeAt(this.nodes, line));
    if (node !== undefined) await this.view.reveal(node, { select: true, focus: true, expand: true });
  }

  /**
   * A click in the tree sends the cursor somewhere: what was clicked is selected, though VS Code says so a moment later, and selecting it
   * again would bring the view back if somebody left it meanwhile.
   */
  leadsCursor(): void {
    clearTimeout(this.following);
    this.leadingUntil = Date.now() + leadingTime;
  }

  dispose(): void {
    clearTimeout(this.following);
    for (const each of this.disposables) each.dispose();
  }

  private update(): void {
    const { result, uri } = this.active;
    // While the first report of another file is being made, the old one's tree is not shown under its name.
    const nodes = result === undefined ? [] : layerTree(result.report, vscode.l10n.t);
    this.view.description = uri === undefined ? '' : vscode.workspace.asRelativePath(uri);
    this.view.message = result === undefined ? '' : contextMessage(result.report.context);
    const shown = JSON.stringify([uri?.toString(), nodes]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.nodes = nodes;
    this.parents.clear();
    this.index(nodes);
    this.treeChanged.fire();
    this.followCursor();
  }

  private index(nodes: readonly TreeNode[], parent?: TreeNode): void {
    for (const node of nodes) {
      if (parent !== undefined) this.parents.set(node, parent);
      this.index(node.children, node);
    }
  }

  /** Selects the layer that the cursor stands in, without taking the focus and only when the tree can be seen. */
  private followCursor(retries = 3): void {
    clearTimeout(this.following);
    const delay = Math.max(followDelay, this.leadingUntil - Date.now());
    this.following = setTimeout(() => void this.selectAtCursor(retries), delay);
  }

  private async selectAtCursor(retries: number): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!this.view.visible || editor?.document.uri.toString() !== this.active.uri?.toString()) return;
    const line = (editor?.selection.active.line ?? 0) + 1;
    const found = nodeAt(this.nodes, line);
    const node = found === undefined ? undefined : this.visible(found);
    // By id: a report that has come since made the nodes anew. Revealing would bring the view back that somebody just left.
    if (node === undefined || this.view.selection[0]?.id === node.id) return;
    try {
      await this.view.reveal(node, { select: true, focus: false, expand: false });
    } catch {
      // The tree was being rendered anew, so the node was not there to be selected; once it is, the cursor is followed.
      if (this.nodes.length > 0 && retries > 0) this.followCursor(retries - 1);
    }
  }

  /** The node itself, or the closed group it is in: following the cursor opens nothing that somebody closed. */
  private visible(node: TreeNode): TreeNode {
    const parent = this.parents.get(node);
    if (parent === undefined) return node;
    const open = this.opened.get(parent.id) ?? parent.initiallyOpen;
    return open ? node : this.visible(parent);
  }
}

function contextMessage(context: { readonly state: string; readonly reason?: string }): string {
  return context.state === 'unavailable' ? (context.reason ?? '') : '';
}
