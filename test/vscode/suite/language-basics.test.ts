import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

describe('language basics', () => {
  afterEach(closeAll);

  it('complete instructions', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    const end = new vscode.Position(editor.document.lineCount - 1, 0);
    await editor.edit((edit) => edit.insert(end, 'HEAL'));
    const labels = await eventually('completions', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        editor.document.uri,
        end.translate(0, 4),
      );
      const found = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      return found.some((label) => label.startsWith('HEALTHCHECK')) ? found : undefined;
    });
    assert.ok(labels.length > 0);
  });

  it('rename a stage everywhere', async () => {
    const { document } = await openDockerfile('stages/Dockerfile');
    const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      document.uri,
      new vscode.Position(0, 30),
      'builder',
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.match(document.getText(), /AS builder[\s\S]*--from=builder/);
  });

  it('list the instructions as symbols', async () => {
    const { document } = await openDockerfile('stages/Dockerfile');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.ok(symbols.length >= 3, JSON.stringify(symbols.map(({ name }) => name)));
  });
});
