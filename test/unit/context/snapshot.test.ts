import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareBytewise } from '../../../server/src/context/paths';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';

const content = (seed: string): { sha256: string; git: string } => ({
  sha256: Buffer.from(seed).toString('hex').padEnd(64, '0').slice(0, 64),
  git: Buffer.from(seed).toString('hex').padEnd(40, '0').slice(0, 40),
});

const file = (path: string, size = 1, seed = 'x', more: Partial<ListedEntry> = {}): ListedEntry => ({
  path,
  size,
  digests: content(seed),
  ...more,
});

describe('snapshot', () => {
  const snapshot = snapshotFromEntries([
    file('b/c/deep', 5),
    file('a.txt', 10),
    file('b/é', 2),
    file('b/z', 3, 'z', { mode: 0o755 }),
    { path: 'b/link', type: 'symlink', linkTarget: '../a.txt' },
    { path: 'pipe', type: 'other' },
    { path: 'empty', type: 'directory', mode: 0o700 },
  ]);

  it('finds entries and only those', () => {
    assert.deepEqual(snapshot.entry('a.txt'), { path: 'a.txt', name: 'a.txt', type: 'file', mode: 0o644, size: 10 });
    assert.deepEqual(snapshot.entry('b/link'), {
      path: 'b/link',
      name: 'link',
      type: 'symlink',
      mode: 0o777,
      size: 0,
      linkTarget: '../a.txt',
    });
    assert.equal(snapshot.entry('b')?.type, 'directory');
    assert.equal(snapshot.entry('')?.path, '');
    for (const path of ['c', 'b/c/x', 'a.txt/x', 'a', 'a.txt.']) assert.equal(snapshot.entry(path), undefined, path);
  });

  it('lists children in byte order with paths', () => {
    assert.deepEqual(
      snapshot.children('b').map((entry) => entry.path),
      ['b/c', 'b/link', 'b/z', 'b/é'],
    );
    assert.deepEqual(snapshot.children('empty'), []);
    assert.deepEqual(snapshot.children('nothing'), []);
  });

  it('adds up', () => {
    assert.deepEqual(snapshot.totals, { bytes: 20, files: 4 });
    assert.deepEqual(snapshot.totalsOf('b'), { bytes: 10, files: 3 });
    assert.deepEqual(snapshot.totalsOf('b/z'), { bytes: 3, files: 1 });
    assert.deepEqual(snapshot.totalsOf('nothing'), { bytes: 0, files: 0 });
  });

  it('counts a hard link once in each directory', () => {
    const linked = snapshotFromEntries([
      file('d/a', 100, 'x', { hardLink: '1' }),
      file('d/b', 100, 'x', { hardLink: '1' }),
      file('e/c', 100, 'x', { hardLink: '1' }),
    ]);
    assert.equal(linked.totals.bytes, 100);
    assert.equal(linked.totalsOf('d').bytes, 100);
    assert.equal(linked.totalsOf('e').bytes, 100);
    assert.equal(linked.entry('d/a')?.hardLink, linked.entry('e/c')?.hardLink);
  });
});

describe('digests', () => {
  const base = [file('d/a', 1, '1'), file('d/s/b', 1, '2'), file('d/s/c', 1, '3')];
  const digestOf = (entries: readonly ListedEntry[], path = 'd', scheme: 'sha256' | 'git' = 'sha256') =>
    snapshotFromEntries(entries).digest(path, scheme);
  const before = digestOf(base);

  it('changes with content, names, modes, links and empty directories below', () => {
    const changed: Record<string, ListedEntry[]> = {
      content: [file('d/a', 1, '9'), ...base.slice(1)],
      name: [file('d/aa', 1, '1'), ...base.slice(1)],
      mode: [file('d/a', 1, '1', { mode: 0o600 }), ...base.slice(1)],
      setuid: [file('d/a', 1, '1', { mode: 0o4644 }), ...base.slice(1)],
      'moved content': [file('d/a', 1, '1'), file('d/s/b', 1, '3'), file('d/s/c', 1, '2')],
      'empty directory': [...base, { path: 'd/e', type: 'directory' }],
      'mode of a directory': [...base, { path: 'd/s', type: 'directory', mode: 0o700 }],
      'own mode': [...base, { path: 'd', type: 'directory', mode: 0o700 }],
      'a link instead': [{ path: 'd/a', type: 'symlink', linkTarget: 's/b' }, ...base.slice(1)],
    };
    assert.equal(typeof before, 'string');
    for (const [what, entries] of Object.entries(changed)) assert.notEqual(digestOf(entries), before, what);
  });

  it('does not depend on where the directory lies or what it is called', () => {
    const elsewhere = base.map((entry) => ({ ...entry, path: entry.path.replace(/^d/, 'x/e') }));
    assert.equal(digestOf(elsewhere, 'x/e'), before);
    assert.equal(digestOf([{ path: '', type: 'directory', mode: 0o700 }, ...base], ''), digestOf(base, ''));
  });

  it('keeps in the git scheme only whether a file may be executed', () => {
    const git = (mode: number) => digestOf([file('d/a', 1, '1', { mode })], 'd', 'git');
    assert.equal(git(0o600), git(0o644));
    assert.notEqual(git(0o755), git(0o644));
  });

  it('is not there while something below is not known', () => {
    const entries = [...base, { path: 'd/s/unknown', size: 1 }];
    assert.equal(digestOf(entries), undefined);
    assert.equal(digestOf(entries, 'd/s'), undefined);
    assert.equal(typeof digestOf(entries, 'd/a'), 'string');
  });
});

describe('byte order', () => {
  it('is that of UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.equal(Math.sign(compareBytewise(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});

describe('any tree', () => {
  const name = fc.constantFrom('a', 'b', 'c.txt', 'ä', 'z-1', '日本');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((elements) => elements.join('/'));
  const tree = fc.array(fc.tuple(path, fc.nat(1000)), { maxLength: 30 }).map((listed) => {
    const files = new Map(listed);
    // A path that lies above another one is a directory.
    for (const longer of files.keys()) {
      for (const other of [...files.keys()]) if (longer.startsWith(`${other}/`)) files.delete(other);
    }
    return files;
  });

  it('answers as a plain list would', () => {
    fc.assert(
      fc.property(tree, (files) => {
        const snapshot = snapshotFromEntries([...files].map(([path, size]) => file(path, size)));
        const directories = new Set(
          [...files.keys()].flatMap((path) => path.split('/').map((_, depth, all) => all.slice(0, depth).join('/'))),
        );
        for (const [path, size] of files) assert.equal(snapshot.entry(path)?.size, size);
        for (const directory of directories) {
          const below = [...files].filter(([path]) => directory === '' || path.startsWith(`${directory}/`));
          assert.deepEqual(snapshot.totalsOf(directory), {
            bytes: below.reduce((sum, [, size]) => sum + size, 0),
            files: below.length,
          });
          const names = new Set(
            below.map(([path]) => path.slice(directory === '' ? 0 : directory.length + 1).split('/')[0] ?? ''),
          );
          assert.deepEqual(
            snapshot.children(directory).map((child) => child.name),
            [...names].sort(compareBytewise),
          );
        }
      }),
    );
  });
});
