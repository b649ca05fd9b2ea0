import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { RECORD_VERSION } from '../../../server/src/cache/types';
import { closeAll, completeReport, eventually, file, hintAt, hovers, openDockerfile, strata } from '../editor';
import { afterEach, beforeEach, describe, it } from '../runner';

const greeting = 'exact/greeting.txt';

/** Where the server keeps the builds of a Dockerfile; the name comes from the path (record-store.ts, `fileFor`). */
async function recordFileOf(document: vscode.TextDocument): Promise<string> {
  const folder = (await strata()).recordsFolder;
  assert.ok(folder, 'no place for records');
  const path = process.platform === 'win32' ? document.uri.fsPath.toLowerCase() : document.uri.fsPath;
  return join(folder.fsPath, `${createHash('sha256').update(path).digest('hex').slice(0, 32)}-${RECORD_VERSION}.json`);
}

/** Adds a build of the present state to the records as another program: the editor is not told. */
async function buildOutside(document: vscode.TextDocument): Promise<void> {
  const extension = vscode.extensions.getExtension('strata.strata-dockerfile');
  assert.ok(extension);
  const program = join(extension.extensionPath, 'dist', 'strata.js');
  await promisify(execFile)(
    process.execPath,
    [program, 'record', document.uri.fsPath, '--output', await recordFileOf(document)],
    { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
  );
}

/** The hint at the end of a line (from 0) once it matches. */
function hintLike(document: vscode.TextDocument, line: number, pattern: RegExp): Promise<string> {
  return eventually(`line ${line + 1} with ${pattern}`, async () => {
    const text = await hintAt(document, line);
    return text !== undefined && pattern.test(text) ? text : undefined;
  });
}

describe('builds of other programs', () => {
  let before: Uint8Array = new Uint8Array();
  beforeEach(async () => {
    before = await vscode.workspace.fs.readFile(file(greeting));
  });
  afterEach(async () => {
    await vscode.workspace.fs.writeFile(file(greeting), before);
    await closeAll();
  });

  it('are noticed by themselves: hints, tree and status bar follow', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await buildOutside(document);
    await hintLike(document, 3, /cached$/);
    await vscode.workspace.fs.writeFile(file(greeting), new TextEncoder().encode('written after the build\n'));
    await hintLike(document, 3, /rebuilds: greeting\.txt$/);
    const { rebuildText, tree } = await strata();
    const changed = await eventually('the changed file in the tree', async () => {
      const layers = await tree.children('stage:0');
      const copy = layers.find(({ label }) => label.includes('COPY greeting'));
      const causes = (await tree.children(copy?.id ?? 'none')).filter(({ kind }) => kind === 'cause');
      return causes[0]?.children[0];
    });
    assert.deepEqual([changed.label, changed.opens], ['greeting.txt', 'greeting.txt']);
    const [story = ''] = await hovers(document, 3);
    assert.match(story, /\[greeting\.txt\]\(file:\/\/[^)]*\/exact\/greeting\.txt\)/);
    assert.match(story, /Compared with: .*recorded build/);
    await eventually('one step in the status bar', () =>
      /^1 of 3 steps run again$/.test(rebuildText()) ? true : undefined,
    );
    await buildOutside(document);
    await hintLike(document, 3, /cached$/);
    await eventually('nothing to run in the status bar', () =>
      rebuildText() === 'all 3 steps cached' ? true : undefined,
    );
  });
});

describe('what if', () => {
  afterEach(closeAll);

  it('a line that is typed shows at once what would run again, and taking it back shows it as it was', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    const { document } = editor;
    await buildOutside(document);
    await hintLike(document, 3, /cached$/);
    // Word by word, as somebody types it; nothing is saved.
    let at = new vscode.Position(2, 0);
    for (const part of ['RUN', ' echo', ' hello', '\n']) {
      assert.ok(await editor.edit((edit) => edit.insert(at, part)));
      at = document.positionAt(document.offsetAt(at) + part.length);
    }
    await hintLike(document, 3, /rebuilds: line 3$/);
    assert.match((await hintAt(document, 1)) ?? '', /cached$/);
    assert.match((await hintAt(document, 4)) ?? '', /rebuilds: line 3$/);
    const report = await completeReport(document);
    assert.equal(report.rebuild?.steps, 3);
    const [own = ''] = await hovers(document, 2);
    assert.match(own, /Lines that run again because of it: .*4.*5/);
    const [follower = ''] = await hovers(document, 3);
    assert.match(follower, /line 3/i);
    assert.ok(await editor.edit((edit) => edit.delete(new vscode.Range(2, 0, 3, 0))));
    await hintLike(document, 2, /cached$/);
    await hintLike(document, 3, /cached$/);
  });

  it('the tree leads from a changed layer to its cause', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    const { document } = editor;
    await buildOutside(document);
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), 'RUN echo hello\n'));
    const { tree } = await strata();
    const cause = await eventually('a cause in the tree', async () => {
      const layers = await tree.children('stage:0');
      const copy = layers.find(({ label }) => label.includes('COPY greeting'));
      return (await tree.children(copy?.id ?? 'none')).find(({ kind }) => kind === 'cause');
    });
    assert.deepEqual([cause.label, cause.leadsTo], ['Line 3 runs again', 3]);
  });
});
