import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, completeReport, eventually, hints, hovers, lenses, openDockerfile, setSetting } from '../editor';
import { afterEach, describe, it } from '../runner';

const changed = [
  'inlayHints.enabled',
  'hover.enabled',
  'codeLens.enabled',
  'diagnostics.enabled',
  'target',
  'buildArgs',
  'languageFeatures',
];

describe('settings', () => {
  afterEach(async () => {
    for (const name of changed) await setSetting(name, undefined);
    await closeAll();
  });

  it('switch inlay hints off and on again', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await setSetting('inlayHints.enabled', false);
    await eventually('no hints', async () => ((await hints(document)).length === 0 ? true : undefined));
    await setSetting('inlayHints.enabled', undefined);
    await eventually('hints', async () => ((await hints(document)).length > 0 ? true : undefined));
  });

  it('switch code lenses off', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await setSetting('codeLens.enabled', false);
    await eventually('no lenses', async () => ((await lenses(document)).length === 0 ? true : undefined));
  });

  it('switch diagnostics off', async () => {
    const { document } = await openDockerfile('broken/Dockerfile');
    const own = () => vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Strata');
    await eventually('diagnostics', () => (own().length > 0 ? true : undefined));
    await setSetting('diagnostics.enabled', false);
    await eventually('no diagnostics', () => (own().length === 0 ? true : undefined));
  });

  it('leave the documentation alone, once, when the story is off', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await setSetting('hover.enabled', false);
    const found = await eventually('hover without the story', async () => {
      const all = await hovers(document, 2);
      return all.some((text) => text.includes('Layer 2')) ? undefined : all;
    });
    assert.equal(found.length, 1, found.join('\n=====\n'));
    assert.match(found[0] ?? '', /docs\.docker\.com/);
  });

  it('leave the story alone when the language features are off', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    await setSetting('languageFeatures', 'off');
    const found = await eventually('hover without documentation', async () => {
      const all = await hovers(document, 2);
      return all.some((text) => text.includes('docs.docker.com')) ? undefined : all;
    });
    assert.equal(found.length, 1, found.join('\n=====\n'));
    assert.match(found[0] ?? '', /Layer 2/);
  });

  it('choose the target', async () => {
    const { document } = await openDockerfile('stages/Dockerfile');
    await setSetting('target', 'docs');
    const built = await eventually('the other target', async () => {
      const { stages } = await completeReport(document);
      return stages[1]?.target ? stages.map((stage) => stage.built) : undefined;
    });
    assert.deepEqual(built, [false, true, false]);
  });

  it('give build arguments their values', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    await editor.edit((edit) => {
      edit.replace(new vscode.Range(0, 0, 3, 0), 'FROM scratch\nARG PLACE=one\nCOPY greeting.txt /$PLACE/\n');
    });
    await setSetting('buildArgs', { PLACE: 'two' });
    const text = await eventually('the value', async () => {
      const { stages } = await completeReport(editor.document);
      const copy = stages[0]?.steps.find(({ instruction }) => instruction === 'COPY');
      return copy?.text.includes('/two/') ? copy.text : undefined;
    });
    assert.match(text, /greeting\.txt/);
  });
});
