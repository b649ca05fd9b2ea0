import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, codeActions, completeReport, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

describe('merge RUN instructions', () => {
  afterEach(closeAll);

  it('makes one instruction of neighbours and keeps the comment', async () => {
    const { document } = await openDockerfile('merge/Dockerfile');
    const actions = await codeActions(document, new vscode.Range(1, 0, 1, 0));
    const merge = actions.find(({ title }) => /^Merge 3 RUN/.test(title));
    assert.ok(merge, `not offered: ${actions.map(({ title }) => title).join(' | ')}`);
    assert.match(merge.title, /−2 layers/);
    assert.ok(merge.edit, 'the action has no edit');
    assert.ok(await vscode.workspace.applyEdit(merge.edit));
    const text = document.getText();
    assert.equal(text.match(/^RUN /gm)?.length, 1, text);
    assert.match(text, /# curl fetches the release/);
    assert.match(text, /apt-get update[\s\S]*apt-get install[\s\S]*rm -rf/);
    const report = await completeReport(document);
    const layers = report.stages[0]?.steps.filter(({ produces }) => produces === 'layer');
    assert.equal(layers?.length, 1);
  });

  it('takes the selection when there is one', async () => {
    const { document } = await openDockerfile('merge/Dockerfile');
    const actions = await codeActions(document, new vscode.Range(1, 0, 3, 10));
    // The fix of what a later line deletes may be offered beside it, for all that belong together.
    const merge = actions.find(({ title }) => /^Merge 2 RUN/.test(title));
    assert.ok(merge?.edit, 'the action has no edit');
    assert.ok(await vscode.workspace.applyEdit(merge.edit));
    assert.equal(document.getText().match(/^RUN /gm)?.length, 2, document.getText());
  });

  it('is not offered where there is nothing to merge', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const actions = await codeActions(document, new vscode.Range(0, 0, document.lineCount, 0));
    assert.deepEqual(
      actions.filter(({ title }) => /RUN/.test(title)).map(({ title }) => title),
      [],
    );
  });
});
