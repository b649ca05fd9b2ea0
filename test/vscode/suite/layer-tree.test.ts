import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, openDockerfile, strata } from '../editor';
import { afterEach, describe, it } from '../runner';

/** The tree once it shows as many stages. */
async function stagesShown(count: number) {
  const { tree } = await strata();
  return eventually(`a tree of ${count} stages`, async () => {
    const stages = (await tree.children()).filter(({ kind }) => kind === 'stage');
    return stages.length === count ? stages : undefined;
  });
}

describe('layer tree', () => {
  afterEach(closeAll);

  it('stacks the layers on the base, with the container on top', async () => {
    await openDockerfile('exact/Dockerfile');
    const [stage] = await stagesShown(1);
    const kinds = stage?.children.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['container', 'configuration', 'layer', 'layer', 'layer', 'base']);
    const layers = stage?.children.filter(({ kind }) => kind === 'layer').map(({ label }) => label) ?? [];
    assert.match(layers[0] ?? '', /^3\s+COPY greeting\.txt/);
    assert.match(layers[2] ?? '', /^1\s+WORKDIR/);
  });

  it('shows what a layer puts in, folder by folder', async () => {
    await openDockerfile('exact/Dockerfile');
    const [stage] = await stagesShown(1);
    const copy = stage?.children.find(({ label }) => label.includes('COPY data/'));
    const { tree } = await strata();
    const [folder] = await tree.children(copy?.id ?? 'none');
    assert.match(folder?.label ?? '', /app\/data$/);
    assert.match(folder?.description ?? '', /^4 ?kB/i);
    const files = await tree.children(folder?.id ?? 'none');
    const texts = files.map(({ label, description }) => `${label} ${description}`);
    assert.equal(texts.length, 2, texts.join('\n'));
    assert.match(texts[0] ?? '', /first\.txt 2\.5 ?kB/i);
    assert.match(texts[1] ?? '', /second\.txt 1\.5 ?kB/i);
  });

  it('has every stage with its state', async () => {
    await openDockerfile('stages/Dockerfile');
    const stages = await stagesShown(3);
    assert.deepEqual(
      stages.map(({ label }) => label),
      ['tools', 'docs', 'release'],
    );
    assert.match(stages[0]?.description ?? '', /built$/);
    assert.match(stages[1]?.description ?? '', /not built$/);
    assert.match(stages[2]?.description ?? '', /target$/);
  });

  it('shows below the stages what the build sends of its context', async () => {
    await openDockerfile('exact/Dockerfile');
    await stagesShown(1);
    const { tree } = await strata();
    const [context] = await eventually('the build context', async () => {
      const found = (await tree.children()).filter(({ kind }) => kind === 'context');
      return found.length === 1 ? found : undefined;
    });
    assert.match(context?.description ?? '', /^\d.*B · \d+ files$/);
    assert.ok((context?.children.length ?? 0) > 0);
  });

  it('leads to the line of a layer', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    const [stage] = await stagesShown(1);
    const copy = stage?.children.find(({ label }) => label.includes('COPY greeting.txt'));
    assert.equal(copy?.lines?.first, 4);
    await vscode.commands.executeCommand('strata.revealLine', editor.document.uri, copy?.lines?.first);
    assert.equal(vscode.window.activeTextEditor?.selection.active.line, 3);
  });

  it('is empty when no Dockerfile is open', async () => {
    await openDockerfile('exact/Dockerfile');
    await stagesShown(1);
    await closeAll();
    await stagesShown(0);
  });
});
