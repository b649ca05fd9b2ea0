import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addToCopy } from '../../../server/src/refactor/add-to-copy';
import { testFixtures } from './fixtures';
import { refactorContext } from './scenario';

testFixtures(addToCopy);

it('add-to-copy: stays where a build argument names the source, which may be an address or an archive', () => {
  const files = { 'main.js': '' };
  const offers = (source: string): number =>
    addToCopy.offer(refactorContext(`FROM debian:12\nARG SOURCE=main.js\nADD ${source} /x\n`, { files })).refactorings
      .length;
  assert.deepEqual([offers('main.js'), offers('$SOURCE')], [1, 0]);
});
