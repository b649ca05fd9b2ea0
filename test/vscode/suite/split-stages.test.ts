import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, codeActions, completeReport, confirmed, eventually, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

const titled = /^(?:Preview: )?Split into /;

describe('split into a multi-stage build', () => {
  afterEach(closeAll);

  it('makes a builder and a slim stage that takes what it needs', async () => {
    const { document } = await openDockerfile('node-app/Dockerfile');
    const actions = await codeActions(document, new vscode.Range(0, 0, 0, 0));
    const split = actions.find(({ title, command }) => titled.test(title) && command !== undefined);
    assert.ok(split?.command, `not offered: ${actions.map(({ title }) => title).join(' | ')}`);
    await confirmed(split.command);
    const text = await eventually('the new text', () =>
      /COPY --from=/.test(document.getText()) ? document.getText() : undefined,
    );
    assert.match(text, /^FROM node:20 AS \w+/m);
    assert.match(text, /^FROM node:20-\S*slim/m);
    assert.match(text, /^COPY --from=\w+ /m);
    assert.match(text, /^EXPOSE 3000$/m);
    assert.match(text, /^CMD \["node", "app\.js"\]$/m);
    const report = await completeReport(document);
    assert.equal(report.stages.length, 2);
    assert.ok(report.stages.every(({ built }) => built));
  });

  it('can be looked at before it is applied', async () => {
    const { document } = await openDockerfile('node-app/Dockerfile');
    const before = document.getText();
    const actions = await codeActions(document, new vscode.Range(0, 0, 0, 0));
    const preview = actions.find(({ title, command }) => titled.test(title) && command !== undefined);
    assert.ok(preview?.command, `no preview: ${actions.map(({ title }) => title).join(' | ')}`);
    await vscode.commands.executeCommand(preview.command.command, ...(preview.command.arguments ?? []));
    const diff = await eventually('the preview', () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff ? input : undefined;
    });
    assert.equal(diff.original.toString(), document.uri.toString());
    const after = await vscode.workspace.openTextDocument(diff.modified);
    assert.match(after.getText(), /COPY --from=/);
    assert.equal(document.getText(), before);
    await vscode.commands.executeCommand('strata.applyPreview', diff.modified);
    await eventually('the applied text', () => (document.getText() === after.getText() ? true : undefined));
  });
});
