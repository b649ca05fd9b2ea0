import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, file, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

async function onSave(value: unknown): Promise<void> {
  const editor = vscode.workspace.getConfiguration('editor');
  await editor.update('codeActionsOnSave', value, vscode.ConfigurationTarget.Workspace);
}

describe('fix all', () => {
  afterEach(async () => {
    await onSave(undefined);
    await closeAll();
  });

  it('on saving leaves one layer of two, in one step of undo', async () => {
    const { document } = await openDockerfile('fix-all/Dockerfile');
    const before = document.getText();
    await onSave({ 'source.fixAll.strata': 'explicit' });
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(document.lineCount - 1, 0), '# saved\n');
    assert.ok(await vscode.workspace.applyEdit(edit));
    const typed = document.getText();
    await eventually('the merged text', async () => {
      await vscode.commands.executeCommand('workbench.action.files.save');
      if (/^RUN dd .* && \\\n +rm \/tmp\/scratch$/m.test(document.getText()) && !document.isDirty) return true;
      // Saved before the report was there: another change is saved.
      await vscode.commands.executeCommand('type', { text: ' ' });
      await vscode.commands.executeCommand('deleteLeft');
      return undefined;
    });
    const text = document.getText();
    assert.match(text, /# scratch space/);
    assert.match(text, /# saved/);
    assert.equal(text.match(/^RUN /gm)?.length, 1);
    const saved = new TextDecoder().decode(await vscode.workspace.fs.readFile(file('fix-all/Dockerfile')));
    assert.equal(saved, text);
    await onSave(undefined);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), typed);
    await vscode.workspace.fs.writeFile(document.uri, new TextEncoder().encode(before));
  });
});
