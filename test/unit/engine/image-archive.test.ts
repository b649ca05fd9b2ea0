/** The reader of `docker save`, and what it counts as wasted: the tests against real engines stand on it. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { readImageArchive, type SavedImage } from '../../engine/image-archive';
import { diveFigures, hiddenBytes } from '../../engine/image-waste';

type Member = Buffer | number | Partial<Pick<Header, 'type' | 'linkname'>>;

/** An archive: a buffer is content, a number so many bytes of it, headers make links and folders. */
async function archiveOf(members: Readonly<Record<string, Member>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, member] of Object.entries(members)) {
    if (typeof member === 'number') archive.entry({ name }, Buffer.alloc(member));
    else if (Buffer.isBuffer(member)) archive.entry({ name }, member);
    else archive.entry({ name, ...member });
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const folder: Member = { type: 'directory' };
const read = (bytes: Buffer): Promise<SavedImage> => readImageArchive(Readable.from([bytes]));
const manifest = (...layers: string[]): Buffer =>
  Buffer.from(JSON.stringify([{ Config: 'config.json', Layers: layers }]));

test('layers come in the order of the manifest, packed or not, with the bytes of their files', async () => {
  const one = await archiveOf({ 'etc/': folder, 'etc/a': 10, 'etc/b': { type: 'symlink', linkname: 'a' } });
  const two = await archiveOf({ './etc/c': 70_000, 'etc/d': { type: 'link', linkname: 'etc/c' }, 'etc/.wh.a': 0 });
  const image = await read(
    await archiveOf({
      'blobs/sha256/2': gzipSync(two),
      'blobs/sha256/1': one,
      'blobs/sha256/9': Buffer.from('{}'),
      'manifest.json': manifest('blobs/sha256/1', 'blobs/sha256/2'),
    }),
  );
  assert.deepEqual(image.layers, [
    [
      { path: 'etc', type: 'directory', size: 0 },
      { path: 'etc/a', type: 'file', size: 10 },
      { path: 'etc/b', type: 'symlink', size: 0 },
    ],
    [
      { path: 'etc/c', type: 'file', size: 70_000 },
      { path: 'etc/d', type: 'hard link', size: 0 },
      { path: 'etc/.wh.a', type: 'file', size: 0 },
    ],
  ]);
});

test('a layer that is named by a link to another is that one; an empty layer holds nothing', async () => {
  const image = await read(
    await archiveOf({
      'one/layer.tar': await archiveOf({ a: 3 }),
      'two/layer.tar': { type: 'symlink', linkname: '../one/layer.tar' },
      'three/layer.tar': await archiveOf({}),
      'manifest.json': manifest('one/layer.tar', 'three/layer.tar', 'two/layer.tar'),
    }),
  );
  assert.deepEqual(
    image.layers.map((layer) => layer.length),
    [1, 0, 1],
  );
});

test('an archive without manifest, or without a layer that it names, is refused', async () => {
  await assert.rejects(archiveOf({ 'a.json': Buffer.from('{}') }).then(read), /no manifest/);
  await assert.rejects(archiveOf({ 'manifest.json': manifest('blobs/sha256/1') }).then(read), /lacks the layer/);
});

/** Layers from path to bytes; `null` is a folder. */
const imageOf = (...layers: Readonly<Record<string, number | null>>[]): SavedImage => ({
  layers: layers.map((layer) =>
    Object.entries(layer).map(([path, size]) => ({
      path,
      type: size === null ? ('directory' as const) : ('file' as const),
      size: size ?? 0,
    })),
  ),
});

const cases: readonly { name: string; image: SavedImage; hidden: number; wasted: number; efficiency: number }[] = [
  { name: 'no layer', image: imageOf(), hidden: 0, wasted: 0, efficiency: 1 },
  { name: 'nothing hidden', image: imageOf({ a: 100 }, { b: 50 }), hidden: 0, wasted: 0, efficiency: 1 },
  {
    name: 'a file written again',
    image: imageOf({ a: 100 }, { a: 60 }),
    hidden: 100,
    wasted: 160,
    efficiency: 60 / 160,
  },
  {
    name: 'a file deleted',
    image: imageOf({ a: 100, b: 300 }, { '.wh.a': 0 }),
    hidden: 100,
    wasted: 100,
    efficiency: 0.75,
  },
  {
    name: 'a folder deleted',
    image: imageOf({ d: null, 'd/a': 100, 'd/b': 20 }, { d: null, 'd/b': 20 }, { '.wh.d': 0 }),
    hidden: 140,
    wasted: 40,
    efficiency: (100 + 20 + 120) / (100 + 40 + 120),
  },
  {
    name: 'a folder deleted and made anew',
    image: imageOf({ d: null, 'd/a': 100, 'd/b': 20 }, { d: null, 'd/.wh..wh..opq': 0, 'd/a': 1 }),
    hidden: 120,
    wasted: 101,
    efficiency: 21 / 121,
  },
  {
    name: 'three copies',
    image: imageOf({ a: 10 }, { a: 10 }, { a: 10 }),
    hidden: 20,
    wasted: 30,
    efficiency: 1 / 3,
  },
  {
    name: 'a folder replaced by a file',
    image: imageOf({ d: null, 'd/a': 8 }, { d: 4 }),
    hidden: 8,
    wasted: 0,
    efficiency: 1,
  },
  // A folder in a lower layer is a path of its own only when nothing lies below it there.
  {
    name: 'an empty folder deleted',
    image: imageOf({ d: null, a: 5 }, { '.wh.d': 0 }),
    hidden: 0,
    wasted: 0,
    efficiency: 1,
  },
];

for (const { name, image, hidden, wasted, efficiency } of cases) {
  test(`waste: ${name}`, () => {
    assert.equal(hiddenBytes(image), hidden);
    assert.deepEqual(diveFigures(image), { wastedBytes: wasted, efficiency });
  });
}
