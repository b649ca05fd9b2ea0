import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, completeReport, eventually, file, hintAt, openDockerfile, setSetting } from '../editor';
import { afterEach, beforeEach, describe, it } from '../runner';

const greeting = 'exact/greeting.txt';

/** Takes the state as built. The command shows a message that stays until somebody closes it, so it is not awaited. */
async function record(document: vscode.TextDocument): Promise<void> {
  void vscode.commands.executeCommand('strata.record', document.uri);
  await eventually('a record as baseline', async () =>
    (await completeReport(document)).baseline.kind === 'record' ? true : undefined,
  );
}

describe('cache status against a record', () => {
  let before: Uint8Array = new Uint8Array();
  beforeEach(async () => {
    before = await vscode.workspace.fs.readFile(file(greeting));
  });
  afterEach(async () => {
    await vscode.workspace.fs.writeFile(file(greeting), before);
    await setSetting('baseline', undefined);
    await closeAll();
  });

  it('is "cached" for a state recorded as built', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await record(document);
    for (const line of [1, 2, 3]) {
      const hint = await eventually(`line ${line + 1} cached`, async () => {
        const text = await hintAt(document, line);
        return text?.includes('cached') ? text : undefined;
      });
      assert.match(hint, /cached$/);
    }
  });

  it('names the file whose change makes a step run again, and only that step', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await record(document);
    await vscode.workspace.fs.writeFile(file(greeting), new TextEncoder().encode('another greeting\n'));
    const hint = await eventually('the changed file', async () => {
      const text = await hintAt(document, 3);
      return text?.includes('rebuilds') ? text : undefined;
    });
    assert.match(hint, /rebuilds: greeting\.txt$/);
    assert.match((await hintAt(document, 2)) ?? '', /cached$/);
  });

  it('names the line whose edit makes the lines after it run again', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    const { document } = editor;
    await record(document);
    await editor.edit((edit) => edit.replace(new vscode.Range(1, 0, 1, 12), 'WORKDIR /srv'));
    const report = await completeReport(document);
    const copy = report.stages[0]?.steps.find(({ line }) => line === 3);
    assert.equal(copy?.cache.status, 'rebuilds');
    assert.equal(copy?.cache.cause?.line, 2);
  });

  it('is not claimed without a baseline', async () => {
    await setSetting('baseline', 'none');
    const { document } = await openDockerfile('exact/Dockerfile');
    const report = await eventually('a report without baseline', async () => {
      const found = await completeReport(document);
      return found.baseline.kind === 'none' ? found : undefined;
    });
    const statuses = report.stages.flatMap(({ steps }) => steps.map(({ cache }) => cache.status));
    assert.ok(!statuses.includes('cached') && !statuses.includes('rebuilds'), statuses.join(', '));
  });
});
