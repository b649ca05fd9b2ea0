import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shellOf } from '../../../server/src/size/stage-shell';

test('a distribution tells its shell and its package managers', () => {
  const on = (distribution: string | undefined) =>
    shellOf({ architecture: 'amd64', ...(distribution !== undefined && { distribution }) });
  assert.equal(on('debian').sh, 'dash');
  assert.equal(on('alpine').sh, 'ash');
  assert.equal(on('debian').hasProgram?.('apt-get'), true);
  assert.equal(on('debian').hasProgram?.('apk'), false);
  assert.equal(on('alpine').hasProgram?.('apt-get'), false);
  assert.equal(on('fedora').hasProgram?.('yum'), undefined);
  assert.equal(on('debian').hasProgram?.('curl'), undefined);
  assert.deepEqual(on(undefined), {});
});
