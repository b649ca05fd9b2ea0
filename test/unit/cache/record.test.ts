import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knowsContext } from '../../../server/src/cache/record';
import type { BuildRecord } from '../../../server/src/cache/types';

describe('what a record knows of the build context', () => {
  const record: BuildRecord = {
    at: '2026-01-01T00:00:00.000Z',
    target: null,
    platform: 'linux/amd64',
    scheme: 'sha256',
    steps: [],
    tree: {},
    bases: {},
    configurations: {},
  };

  it('is told by the digests of its contents, without its paths being put together', () => {
    const known = Object.defineProperty(
      {
        ...record,
        contents: [
          { selection: 'all', digest: null },
          { selection: 'some', digest: '0'.repeat(64) },
        ],
      },
      'tree',
      {
        get: () => assert.fail('of a large context that takes long'),
      },
    );
    assert.equal(knowsContext(known), true);
  });

  it('is told by its paths where no digest is known', () => {
    const contents = [{ selection: 'all', digest: null }];
    assert.equal(knowsContext({ ...record, contents, tree: { 'a.txt': 'f644:0' } }), true);
    assert.equal(knowsContext({ ...record, contents }), false);
  });
});
