import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selectionDigest, selectSources } from '../../../server/src/context/select';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { Selection } from '../../../server/src/context/types';

/** A selection from source paths; those with `*`, `?` or `[` are wildcards. */
function take(sources: string | readonly string[], more: Partial<Omit<Selection, 'sources'>> = {}): Selection {
  const paths = typeof sources === 'string' ? [sources] : sources;
  return {
    sources: paths.map((path) => ({ path, wildcard: /[*?[]/.test(path) })),
    exclude: [],
    parents: false,
    unpack: false,
    ...more,
  };
}

function file(path: string, seed: string, more: Partial<ListedEntry> = {}): ListedEntry {
  const hex = Buffer.from(seed).toString('hex');
  return { path, size: seed.length, digests: { sha256: hex.padEnd(64, '0'), git: hex.padEnd(40, '0') }, ...more };
}

const link = (path: string, linkTarget: string): ListedEntry => ({ path, type: 'symlink', linkTarget });

describe('what sources name', () => {
  const snapshot = snapshotFromEntries([
    file('a.txt', '1'),
    file('b.txt', '22'),
    file('d/a.txt', '333'),
    file('d/s/deep.md', '4444'),
    file('e/a.txt', '55555'),
    file('x/y.ts', '666666'),
    link('to-file', 'd/a.txt'),
    link('to-directory', '/d'),
    link('loop', 'loop'),
    link('circle/a', '../circle/b'),
    link('circle/b', 'a'),
    link('dangling', 'nowhere'),
    link('outside', '../../../a.txt'),
    link('d/s/up', '../../a.txt'),
  ]);
  const roots = (selection: Selection) =>
    selectSources(snapshot, selection).roots.map(({ entry, resolvedPath }) =>
      entry.path === resolvedPath ? resolvedPath : `${entry.path} -> ${resolvedPath}`,
    );

  const cases: readonly (readonly [source: string, expected: readonly string[]])[] = [
    ['a.txt', ['a.txt']],
    ['', ['']],
    ['../../a.txt', ['a.txt']],
    ['*.txt', ['a.txt', 'b.txt']],
    ['?.txt', ['a.txt', 'b.txt']],
    ['[b-z].txt', ['b.txt']],
    ['*/a.txt', ['d/a.txt', 'e/a.txt']],
    ['d/*', ['d/a.txt', 'd/s']],
    ['*/*/*.md', ['d/s/deep.md']],
    ['nothing*', []],
    ['to-file', ['to-file -> d/a.txt']],
    ['to-directory', ['to-directory -> d']],
    ['to-directory/s', ['to-directory/s -> d/s']],
    ['to-directory/*', ['to-directory/a.txt -> d/a.txt', 'to-directory/s -> d/s']],
    ['to-f*', ['to-file -> d/a.txt']],
    ['outside', ['outside -> a.txt']],
    ['d/s/up', ['d/s/up -> a.txt']],
    ['d[^q]a.txt', ['d/a.txt']],
  ];
  for (const [source, expected] of cases) {
    it(source === '' ? 'the whole context' : source, () => {
      assert.deepEqual(roots(take(source)), expected);
      assert.deepEqual(selectSources(snapshot, take(source)).missing, []);
    });
  }

  for (const source of ['c.txt', 'a.txt/x', 'loop', 'circle/a', 'dangling', 'd/nothing', 'danglin?']) {
    it(`${source} is missing`, () => {
      assert.deepEqual(selectSources(snapshot, take(source)).missing, [source.replace('?', 'g')]);
    });
  }

  it('reports malformed wildcards and excludes', () => {
    assert.deepEqual(selectSources(snapshot, take('a[')).badPatterns, ['a[']);
    assert.deepEqual(selectSources(snapshot, take('d', { exclude: ['['] })).badPatterns, ['[']);
  });

  it('keeps directories with --parents, and counts from the pivot', () => {
    const match = (path: string, exclude: string[] = []) => {
      const { totals, missing } = selectSources(snapshot, take(path, { parents: true, exclude }));
      return [totals.bytes, missing];
    };
    assert.deepEqual(match('d/s/deep.md'), [4, []]);
    assert.deepEqual(match('**/*.txt'), [1 + 2 + 3 + 5, []]);
    assert.deepEqual(match('d/./**/*.md'), [4, []]);
    assert.deepEqual(match('d/./nothing'), [0, ['d/nothing']]);
    assert.deepEqual(match('d', ['**/*.md']), [3, []]);
  });
});

describe('sizes', () => {
  const total = (entries: readonly ListedEntry[], selection: Selection) =>
    selectSources(snapshotFromEntries(entries), selection).totals.bytes;

  it('counts a file that two sources put in the same place once, the last one', () => {
    const entries = [
      file('d/a', '1'),
      file('d/b', '1'),
      file('e/a', '1234'),
      file('f/x/a', '12'),
      file('g/x/a', '123'),
    ];
    assert.equal(total(entries, take(['d', 'd'])), 2);
    assert.equal(total(entries, take(['d', 'e'])), 5);
    assert.equal(total(entries, take(['d/a', 'e/a'])), 4);
    assert.equal(total(entries, take(['e/a', 'd/a'])), 1);
    assert.equal(total(entries, take(['f', 'g'])), 3);
    assert.equal(total(entries, take(['f', 'g', 'f'])), 2);
  });

  it('counts hard links once for each source', () => {
    const entries = [file('d/a', '12345', { hardLink: 'i' }), file('d/b', '12345', { hardLink: 'i' })];
    assert.equal(total(entries, take('d')), 5);
    assert.equal(total(entries, take(['d/a', 'd/b'])), 10);
    assert.equal(total(entries, take('d', { exclude: ['nothing'] })), 5);
  });

  it('leaves out what is excluded below a source, but not the source', () => {
    const entries = [file('d/a.png', '1'), file('d/s/b.png', '12'), file('d/s/c.txt', '123')];
    assert.equal(total(entries, take('d', { exclude: ['*.png'] })), 5);
    assert.equal(total(entries, take('d', { exclude: ['**/*.png'] })), 3);
    assert.equal(total(entries, take('d', { exclude: ['s', '!s/c.txt'] })), 4);
    assert.equal(total(entries, take('', { exclude: ['*/*.png'] })), 5);
    assert.equal(total(entries, take('d/*.png', { exclude: ['*.png'] })), 1);
  });

  it('names the largest files and directories', () => {
    const entries = [file('d/big', '1234567'), file('d/s/small', '1'), file('e', '123')];
    const { largest } = selectSources(snapshotFromEntries(entries), take(''));
    assert.deepEqual(
      largest.map(({ path, size }) => `${path} ${size}`),
      ['d 8', 'd/big 7', 'e 3', 'd/s 1', 'd/s/small 1'],
    );
  });

  it('counts what is in an archive that ADD unpacks', () => {
    const entries = [file('t.tar', 'x'.repeat(100)), file('plain', 'xyz')];
    const add = take(['t.tar', 'plain'], { unpack: true });
    const before = selectSources(snapshotFromEntries(entries), add);
    assert.deepEqual([before.totals.bytes, before.pendingArchives], [0, ['t.tar', 'plain']]);
    const archives = new Map([
      ['t.tar', { kind: 'archive', bytes: 2000, files: 2, largest: [] } as const],
      ['plain', { kind: 'not-an-archive' } as const],
    ]);
    const after = selectSources(snapshotFromEntries(entries, { archives }), add);
    assert.deepEqual([after.totals, after.pendingArchives], [{ bytes: 2003, files: 3 }, []]);
    assert.equal(total(entries, take('t.tar')), 100);
  });
});

describe('the digest of what is taken, as pairs of builds on a real engine showed it', () => {
  const base = [
    file('d/a', '1'),
    file('d/b', '2'),
    file('d/s/c', '3'),
    link('d/l', 'a'),
    link('to-d', 'd'),
    file('other', '4'),
  ];
  const digest = (entries: readonly ListedEntry[], selection: Selection) => {
    const answer = selectionDigest(snapshotFromEntries(entries), selection, 'sha256');
    return answer.state === 'known' ? answer.digest : answer.state;
  };
  const edit = (path: string, ...replacement: ListedEntry[]) => [
    ...base.filter((entry) => entry.path !== path),
    ...replacement,
  ];

  const hits: Record<string, readonly [readonly ListedEntry[], Selection, Selection?]> = {
    'an unrelated file added': [[...base, file('new', 'x')], take('d')],
    'a wildcard and a file that does not match': [[...base, file('d/z', 'x')], take('d/a*')],
    'an excluded file changed': [edit('d/a', file('d/a', '9')), take('d', { exclude: ['a'] })],
    'an excluded directory changed': [edit('d/s/c', file('d/s/c', '9')), take('d', { exclude: ['s'] })],
    'the same file name elsewhere': [[...base, file('e/a', '1')], take('d/a'), take('e/a')],
    'the directory moved': [base.map((entry) => ({ ...entry, path: `x/${entry.path}` })), take('d'), take('x/d')],
    'a link to a file instead of the file': [base, take('d/a'), take('d/l')],
    'a link to a directory instead of the directory': [base, take('d'), take('to-d')],
    'the same files of another directory': [
      [...base, file('e/a', '1'), file('e/b', '2'), link('e/l', 'a'), file('e/s/c', '3')],
      take('d/?'),
      take('e/?'),
    ],
    'a source that lies in another': [base, take(['d', 'other']), take(['d', 'other', 'd/s'])],
    'what a link inside points to': [[...edit('other', file('other', '9'))], take('d')],
    'a hard link instead of a copy': [edit('d/b', file('d/b', '2', { hardLink: 'i' })), take('d')],
  };
  for (const [what, [entries, selection, other]] of Object.entries(hits)) {
    it(`stays with ${what}`, () => assert.equal(digest(entries, other ?? selection), digest(base, selection)));
  }

  const misses: Record<string, readonly [readonly ListedEntry[], Selection, Selection?]> = {
    'content changed': [edit('d/s/c', file('d/s/c', '9')), take('d')],
    'a file renamed': [edit('d/a', file('d/a2', '1')), take('d')],
    'a mode changed': [edit('d/a', file('d/a', '1', { mode: 0o755 })), take('d')],
    'a directory mode changed': [[...base, { path: 'd/s', type: 'directory', mode: 0o700 }], take('d')],
    'an empty directory added': [[...base, { path: 'd/n', type: 'directory' }], take('d')],
    'a link target changed': [edit('d/l', link('d/l', 'b')), take('d')],
    'an explicit link leading elsewhere': [edit('d/l', link('d/l', 'b')), take('d/l')],
    'what an explicit link leads to changed': [edit('d/a', file('d/a', '9')), take('d/l')],
    'a new match of a wildcard': [[...base, file('d/a9', 'x')], take('d/a*')],
    'a match renamed': [edit('d/a', file('d/a7', '1')), take('d/a*')],
    'two contents swapped': [
      edit('d/a', file('d/a', '2')).map((e) => (e.path === 'd/b' ? file('d/b', '1') : e)),
      take('d'),
    ],
    'a file that is not excluded changed': [edit('d/b', file('d/b', '9')), take('d', { exclude: ['a'] })],
    'a renamed file beside an exclude': [edit('d/b', file('d/b2', '2')), take('d', { exclude: ['a'] })],
    'the order of paths': [
      [...base, file('z/f', '1'), file('x/f', '1'), file('y/f', '2')],
      take(['x/f', 'y/f']),
      take(['z/f', 'y/f']),
    ],
  };
  for (const [what, [entries, selection, other]] of Object.entries(misses)) {
    const before = other ? entries : base;
    it(`changes with ${what}`, () => assert.notEqual(digest(entries, other ?? selection), digest(before, selection)));
  }

  it('is pending while contents are read, unavailable when they can’t be or nothing is there', () => {
    const unread = [...base, { path: 'd/unread', size: 1 }];
    assert.equal(digest(unread, take('d')), 'pending');
    assert.equal(digest(unread, take('d/a')), digest(base, take('d/a')));
    const unreadable = [{ path: 'd/unread', reason: 'no permission' }];
    const snapshot = snapshotFromEntries(unread, { unreadable });
    assert.deepEqual(selectionDigest(snapshot, take('d'), 'sha256'), { state: 'unavailable', reason: 'no permission' });
    assert.equal(digest(base, take('nothing')), 'unavailable');
    assert.match(digest(base, take('nothing*')), /^[0-9a-f]{64}$/);
  });
});
