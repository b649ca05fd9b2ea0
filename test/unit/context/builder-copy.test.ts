import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builderCopy } from '../../../server/src/context/builder-copy';
import type { DigestsByPath } from '../../../server/src/context/content-tree';
import { recordTree } from '../../../server/src/context/recorded-tree';
import { selectionDigest } from '../../../server/src/context/select';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextSnapshot, Selection } from '../../../server/src/context/types';
import { unnoticedChanges } from '../../../server/src/context/unnoticed-changes';

const builtAt = 100;

/** Files by path with their contents and, after a blank, mode and modification time; directories end in `/`. */
function context(entries: Readonly<Record<string, string>>): ContextSnapshot {
  const listed = Object.entries(entries).map(([name, text]): ListedEntry => {
    const [content = '', mode, mtime = '50'] = text.split(' ');
    const times = { mtime: Number(mtime), ctime: Number(mtime) };
    if (name.endsWith('/'))
      return { path: name.slice(0, -1), type: 'directory', mode: Number.parseInt(content, 8), times };
    const sha256 = Buffer.from(content).toString('hex').padEnd(64, '0');
    return { path: name, mode: Number.parseInt(mode ?? '644', 8), size: content.length, digests: { sha256 }, times };
  });
  return snapshotFromEntries(listed);
}

const all: Selection = { sources: [{ path: '', wildcard: false }], exclude: [], parents: false, unpack: false };

function digestOf(snapshot: ContextSnapshot, selection: Selection = all): string {
  const digest = selectionDigest(snapshot, selection, 'sha256');
  assert.ok(digest.state === 'known');
  return digest.digest;
}

/** What the builder hashes of the last of several contexts that it was sent one after the other, and how it got there. */
function afterBuilds(selection: Selection, ...sent: readonly ContextSnapshot[]): ContextSnapshot {
  let tree: DigestsByPath = {};
  let hashed: ContextSnapshot | undefined;
  for (const snapshot of sent) {
    hashed = builderCopy(snapshot, [selection], tree, builtAt).snapshot;
    tree = recordTree(hashed, [selection], 'sha256');
  }
  assert.ok(hashed);
  return hashed;
}

const start = { 'd/': '755', 'd/a': 'a1', 'd/s/': '755', 'd/s/c': 'c1', 'e/x': 'x1' };
const closed = { ...start, 'd/s/': '700' };

/** Measured with Docker Engine 28.5.2: builds of one context folder, and a context whose fresh transfer has the same digest as the last. */
const sequences: readonly {
  readonly name: string;
  readonly sent: readonly Readonly<Record<string, string>>[];
  readonly hashed: Readonly<Record<string, string>>;
}[] = [
  { name: 'a directory has another mode', sent: [start, closed], hashed: start },
  {
    name: 'a file below it changes after',
    sent: [start, closed, { ...closed, 'd/s/c': 'c2 644 150' }],
    hashed: { ...start, 'd/s/c': 'c2' },
  },
  {
    name: 'a file below it changes together with it',
    sent: [start, { ...closed, 'd/s/c': 'c2 644 150' }],
    hashed: { ...start, 'd/s/c': 'c2' },
  },
  {
    name: 'a file in it comes',
    sent: [start, closed, { ...closed, 'd/s/n': 'n 644 150' }],
    hashed: { ...start, 'd/s/n': 'n' },
  },
  {
    name: 'a file in it has another mode',
    sent: [start, closed, { ...closed, 'd/s/c': 'c1 600' }],
    hashed: { ...start, 'd/s/c': 'c1 600' },
  },
  { name: 'the mode is put back', sent: [start, closed, start], hashed: start },
  {
    name: 'a build is without the directory, and then it is there with the other mode',
    sent: [start, closed, { 'd/': '755', 'd/a': 'a1', 'e/x': 'x1' }, closed],
    hashed: closed,
  },
  {
    name: 'it is renamed',
    sent: [start, closed, { 'd/': '755', 'd/a': 'a1', 'd/t/': '700', 'd/t/c': 'c1', 'e/x': 'x1' }],
    hashed: { 'd/': '755', 'd/a': 'a1', 'd/t/': '700', 'd/t/c': 'c1', 'e/x': 'x1' },
  },
  { name: 'both directories have other modes', sent: [start, { ...closed, 'd/': '711' }], hashed: start },
];

describe('what the builder hashes of the copy that it keeps', () => {
  for (const { name, sent, hashed } of sequences) {
    it(name, () => {
      assert.equal(digestOf(afterBuilds(all, ...sent.map(context))), digestOf(context(hashed)));
    });
  }

  it('is the snapshot itself when nothing is unnoticed', () => {
    const tree = recordTree(context(start), [all], 'sha256');
    const now = context({ ...start, 'd/a': 'a2 644 150', new: 'n' });
    assert.equal(builderCopy(now, [all], tree, builtAt).snapshot, now);
  });

  it('keeps the modes of the directories that --parents makes', () => {
    const selection: Selection = {
      sources: [{ path: 'd/s/c', wildcard: false }],
      exclude: [],
      parents: true,
      unpack: false,
    };
    const hashed = afterBuilds(selection, context(start), context({ ...closed, 'd/': '700' }));
    assert.equal(digestOf(hashed, selection), digestOf(context(start), selection));
    assert.notEqual(digestOf(context(closed), selection), digestOf(context(start), selection));
  });

  it('leaves the snapshot that it was made from as it was', () => {
    const now = context(closed);
    const before = digestOf(now);
    builderCopy(now, [all], recordTree(context(start), [all], 'sha256'), builtAt);
    assert.equal(now.entry('d/s')?.mode, 0o700);
    assert.equal(now.digest('d/s', 'sha256')?.split(':')[0], 'd700');
    assert.equal(digestOf(context(closed)), before);
  });
});

describe('changes that the builder may not notice', () => {
  const tree = recordTree(context(start), [all], 'sha256');
  const ask = (entries: Readonly<Record<string, string>>): [string, ...string[]] => {
    const answer = unnoticedChanges(context(entries), all, tree, builtAt);
    return answer.kind === 'none' ? ['none'] : [answer.kind, ...answer.paths, `${answer.digests.length} digests`];
  };

  for (const [name, entries, expected] of [
    ['nothing', start, ['none']],
    ['a file with a new time', { ...start, 'd/a': 'a2 644 150' }, ['none']],
    ['a directory', closed, ['only', 'd/s', '1 digests']],
    ['a directory and a file with a new time', { ...closed, 'd/a': 'a2 644 150' }, ['some', 'd/s', '1 digests']],
    ['a file with an old time', { ...start, 'd/a': 'a2' }, ['only', 'd/a', '2 digests']],
    ['a file with an old time and another mode', { ...start, 'd/a': 'a2 600' }, ['none']],
    [
      'a file with an old time, and another file',
      { ...start, 'd/a': 'a2', 'e/x': 'x2 644 150' },
      ['some', 'd/a', '2 digests'],
    ],
    ['a directory with an old time that is new', { ...start, 'n/': '700', 'n/a': 'a' }, ['none']],
  ] as const) {
    it(name, () => assert.deepEqual(ask(entries), expected));
  }

  it('tells the digest of the record when nothing is noticed', () => {
    const answer = unnoticedChanges(context(closed), all, tree, builtAt);
    assert.ok(answer.kind === 'only');
    assert.deepEqual(answer.digests, [digestOf(context(start))]);
  });

  it('opens no directory while contents are being read', (test) => {
    const unread = snapshotFromEntries([
      { path: 'd', type: 'directory', mode: 0o700, size: 0 },
      { path: 'd/a', mode: 0o644, size: 2 },
    ]);
    const opening = test.mock.method(unread, 'children');
    assert.deepEqual(unnoticedChanges(unread, all, tree, builtAt), { kind: 'none' });
    assert.equal(opening.mock.callCount(), 0);
  });

  it('does not look outside the selection', () => {
    const selection: Selection = { ...all, sources: [{ path: 'e', wildcard: false }] };
    assert.deepEqual(unnoticedChanges(context(closed), selection, tree, builtAt), { kind: 'none' });
  });
});
