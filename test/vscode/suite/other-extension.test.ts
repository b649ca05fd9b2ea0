import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, hints, hovers, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

/** In a window where an extension of the name `docker.docker` is installed. */
describe('beside another extension', () => {
  afterEach(closeAll);

  it('the other one is there', () => {
    assert.ok(vscode.extensions.getExtension('docker.docker'));
  });

  it('documentation of keywords is left to the other', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const found = await hovers(document, 2);
    assert.equal(found.length, 1, found.join('\n=====\n'));
    assert.match(found[0] ?? '', /Layer 2/);
    assert.doesNotMatch(found[0] ?? '', /docs\.docker\.com/);
  });

  it('symbols are left to the other', async () => {
    const { document } = await openDockerfile('stages/Dockerfile');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      (symbols ?? []).map(({ name }) => name),
      [],
    );
  });

  it('layers are shown all the same', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    assert.equal((await hints(document)).length, 6);
  });
});
