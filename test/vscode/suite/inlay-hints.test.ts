import * as assert from 'node:assert/strict';
import { closeAll, eventually, hintAt, hints, openDockerfile, replaceText } from '../editor';
import { afterEach, describe, it } from '../runner';

/** Longer ones are cut by VS Code with its default settings. */
const longest = 43;

describe('inlay hints', () => {
  afterEach(closeAll);

  it('stand behind every instruction', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const found = await hints(document);
    assert.deepEqual(
      found.map(({ line }) => line),
      [0, 1, 2, 3, 4, 5],
    );
  });

  it('give the exact bytes of what COPY adds, without what the ignore file leaves out', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    assert.match((await hintAt(document, 2)) ?? '', /^layer 2 · 4 ?kB/i);
    assert.match((await hintAt(document, 3)) ?? '', /^layer 3 · 1 ?kB/i);
  });

  it('call a layer a layer and metadata metadata', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    assert.match((await hintAt(document, 1)) ?? '', /^layer 1/);
    assert.match((await hintAt(document, 4)) ?? '', /^metadata/);
    assert.match((await hintAt(document, 5)) ?? '', /^metadata/);
  });

  it('fit the length that VS Code shows', async () => {
    for (const path of [
      'exact/Dockerfile',
      'merge/Dockerfile',
      'node-app/Dockerfile',
      'stages/Dockerfile',
      'broken/Dockerfile',
    ]) {
      const { document } = await openDockerfile(path);
      for (const { line, text } of await hints(document)) {
        assert.ok(text.length <= longest, `${path}:${line + 1}: ${text.length} characters: ${text}`);
      }
    }
  });

  it('follow the text as it is typed', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    await replaceText(editor, 'FROM scratch\nCOPY greeting.txt /\n');
    const text = await eventually('the hint of the new text', async () => {
      const found = await hints(editor.document);
      return found.length === 2 ? found[1]?.text : undefined;
    });
    assert.match(text, /^layer 1 · 1 ?kB/i);
  });

  it('stand at the last line of an instruction over several', async () => {
    const editor = await openDockerfile('exact/Dockerfile');
    await replaceText(editor, 'FROM scratch\nCOPY \\\n  # a remark\n  greeting.txt \\\n  /\n');
    const line = await eventually('the hint of the new text', async () => {
      const found = await hints(editor.document);
      return found.length === 2 ? found[1]?.line : undefined;
    });
    assert.equal(line, 4);
  });
});
