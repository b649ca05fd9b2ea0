import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { defaultArchiveLimits, inspectArchive } from '../../../server/src/facts/context-archive';
import { temporaryFolder } from './temporary-folder';

type Member = Partial<Header> & Pick<Header, 'name'> & { readonly content?: string };

async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const stream = pack();
  for (const { content, ...header } of members) stream.entry(header, content ?? '');
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function inspect(test: TestContext, content: Buffer | string, limits = defaultArchiveLimits) {
  const path = join(temporaryFolder(test), 'file');
  writeFileSync(path, content);
  return inspectArchive(path, limits);
}

const sizes = async (test: TestContext, content: Buffer) => {
  const answer = await inspect(test, content);
  return answer.kind === 'archive' ? [answer.bytes, answer.files] : answer;
};

describe('what ADD unpacks', () => {
  // Each holds a directory, a file of 1000 bytes with a hard link and a symbolic link, and a file of 2000 bytes.
  for (const name of ['t.tar.bz2', 't.tar.xz', 't.tar.zst']) {
    it(`reads ${name}`, async () => {
      const answer = await inspectArchive(fileURLToPath(new URL(`../../fixtures/archives/${name}`, import.meta.url)));
      assert.equal(answer.kind, 'archive');
      if (answer.kind !== 'archive') return;
      assert.deepEqual([answer.bytes, answer.files], [3000, 3]);
      assert.deepEqual(answer.largest[0], { path: 'a/s/two', size: 2000 });
    });
  }

  const plain: readonly Member[] = [
    { name: 'd/', type: 'directory' },
    { name: 'd/a', content: 'x'.repeat(700) },
    { name: './d/b', content: 'yy' },
    { name: 'd/link', type: 'symlink', linkname: 'a' },
  ];

  it('reads plain and gzipped tar', async (test) => {
    const tar = await tarOf(plain);
    assert.deepEqual(await sizes(test, tar), [702, 2]);
    assert.deepEqual(await sizes(test, gzipSync(tar)), [702, 2]);
  });

  it('counts as the layer would: replaced members once, hard links once', async (test) => {
    const replaced = await tarOf([...plain, { name: 'd/a', content: 'zzz' }]);
    assert.deepEqual(await sizes(test, replaced), [5, 2]);
    const hard = await tarOf([...plain, { name: 'h', type: 'link', linkname: 'd/a' }]);
    assert.deepEqual(await sizes(test, hard), [702, 3]);
    const kept = await tarOf([...plain, { name: 'h', type: 'link', linkname: 'd/a' }, { name: 'd/a', content: 'zzz' }]);
    assert.deepEqual(await sizes(test, kept), [705, 3]);
    const fileOverDirectory = await tarOf([...plain, { name: 'd', content: 'q' }]);
    assert.deepEqual(await sizes(test, fileOverDirectory), [1, 1]);
  });

  it('leaves alone what is no tar', async (test) => {
    for (const content of ['', 'text', 'x'.repeat(2000), Buffer.alloc(1024), gzipSync('not a tar '.repeat(200))]) {
      assert.deepEqual(await inspect(test, content), { kind: 'not-an-archive' });
    }
    for (const magic of [
      [0x42, 0x5a, 0x68],
      [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      [0x28, 0xb5, 0x2f, 0xfd],
    ]) {
      const content = Buffer.concat([Buffer.from(magic), Buffer.alloc(3000, 7)]);
      assert.deepEqual(await inspect(test, content), { kind: 'not-an-archive' });
    }
  });

  it('says why an archive can’t be read', async (test) => {
    const tar = await tarOf(plain);
    assert.deepEqual(await inspect(test, tar.subarray(0, 1100)), { kind: 'unreadable', cause: 'damaged' });
    assert.deepEqual(await inspect(test, tar, { ...defaultArchiveLimits, bytes: 1000 }), {
      kind: 'unreadable',
      cause: 'too-large',
    });
    assert.deepEqual(await inspect(test, tar, { ...defaultArchiveLimits, entries: 2 }), {
      kind: 'unreadable',
      cause: 'too-many-entries',
    });
    const folder = temporaryFolder(test);
    assert.deepEqual(await inspectArchive(join(folder, 'nothing')), { kind: 'unreadable', cause: 'unreadable' });
    mkdirSync(join(folder, 'd'));
    assert.deepEqual(await inspectArchive(join(folder, 'd')), { kind: 'unreadable', cause: 'unreadable' });
  });
});
