import * as assert from 'node:assert/strict';
import { closeAll, hovers, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

describe('hover', () => {
  afterEach(closeAll);

  it('tells what a COPY adds, its largest paths and where the figure comes from', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const [story = ''] = await hovers(document, 2);
    assert.match(story, /Layer 2 · 4 ?kB/i);
    assert.match(story, /2 files/);
    assert.match(story, /first\.txt.*2\.5 ?kB/i);
    assert.doesNotMatch(story, /ignored\.log/);
    assert.match(story, /exact/);
  });

  it('tells what an edit would rebuild', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const [story = ''] = await hovers(document, 2);
    assert.match(story, /An edit here would also rebuild/);
  });

  it('joins the story with the documentation of the keyword, in one hover', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const found = await hovers(document, 2);
    assert.equal(found.length, 1, found.join('\n=====\n'));
    assert.match(found[0] ?? '', /docs\.docker\.com/);
  });

  it('tells what a base image is', async () => {
    const { document } = await openDockerfile('node-app/Dockerfile');
    const [story = ''] = await hovers(document, 0);
    assert.match(story, /node:20/);
    assert.match(story, /GB|MB/);
  });
});
