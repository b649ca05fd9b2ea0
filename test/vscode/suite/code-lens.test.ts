import * as assert from 'node:assert/strict';
import { closeAll, lenses, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

describe('code lenses', () => {
  afterEach(closeAll);

  it('stand over each FROM with the total and whether it is built', async () => {
    const { document } = await openDockerfile('stages/Dockerfile');
    const found = await lenses(document);
    const over = (line: number) =>
      found
        .filter((lens) => lens.line === line)
        .map(({ title }) => title)
        .join(' | ');
    assert.match(over(0), /^tools · .*built for the target/);
    assert.match(over(3), /^docs · .*not built/);
    assert.match(over(3), /Make it the target/);
    assert.match(over(6), /^release · .*target$/);
  });

  it('give the layers of a stage', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const [lens] = await lenses(document);
    assert.match(lens?.title ?? '', /3 layers/);
    assert.match(lens?.title ?? '', /5 ?kB/i);
  });
});
