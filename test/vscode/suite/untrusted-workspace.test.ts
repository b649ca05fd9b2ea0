import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, completeReport, hintAt, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

/** In a window whose folder nobody has trusted: the text of the Dockerfile is all that may be looked at. */
describe('untrusted workspace', () => {
  afterEach(closeAll);

  it('is not trusted', () => {
    assert.equal(vscode.workspace.isTrusted, false);
  });

  it('no file of the build context is read', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const { context, contextSize, stages } = await completeReport(document);
    assert.equal(context.state, 'unavailable');
    assert.equal(contextSize, null);
    const copy = stages[0]?.steps.find(({ instruction }) => instruction === 'COPY');
    assert.equal(copy?.size.bytes, null);
    assert.equal(copy?.contents, undefined);
  });

  it('nothing is claimed of the cache', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const { baseline, stages } = await completeReport(document);
    assert.equal(baseline.kind, 'none');
    const statuses = new Set(stages.flatMap(({ steps }) => steps.map(({ cache }) => cache.status)));
    assert.deepEqual([...statuses], ['no record']);
  });

  it('layers are counted from the text', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    assert.match((await hintAt(document, 2)) ?? '', /^layer 2 · size unknown/);
    assert.match((await hintAt(document, 4)) ?? '', /^metadata/);
  });

  it('refactorings of the text are offered', async () => {
    const { document } = await openDockerfile('merge/Dockerfile');
    const { refactorings } = await completeReport(document);
    assert.ok(refactorings.some(({ id }) => id.startsWith('merge-run')));
  });
});
