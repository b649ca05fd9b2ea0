import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AsBuilt, contentsAsBuilt } from '../../../server/src/context/as-built';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextTimes, Selection } from '../../../server/src/context/types';

const built = 100;
const before = { mtime: 50, ctime: 50 };
const after = { mtime: 150, ctime: 150 };

/** A context in which only the paths named have changed since the build; a name ending in `/` is a directory, `a>b` a link. */
function context(names: readonly string[], changed: readonly string[]): ReturnType<typeof snapshotFromEntries> {
  const listed = ['', ...names].map((name): ListedEntry => {
    const [path = '', linkTarget] = name.replace(/\/$/, '').split('>');
    const times = changed.includes(path) ? after : before;
    if (linkTarget !== undefined) return { path, type: 'symlink', linkTarget, times };
    return name === '' || name.endsWith('/') ? { path, type: 'directory', times } : { path, times };
  });
  return snapshotFromEntries(listed);
}

const kept: ContextTimes = { kind: 'kept', holderChangedAt: 50, placedAt: 50 };

interface Question {
  readonly sources?: readonly string[];
  readonly exclude?: readonly string[];
  readonly parents?: boolean;
  readonly times?: ContextTimes;
  readonly ignore?: { readonly text: string; readonly path?: string; readonly changedAt?: number };
  readonly patterns?: readonly string[];
}

function ask(names: readonly string[], changed: readonly string[], question: Question): AsBuilt {
  const {
    sources = ['.'],
    exclude = [],
    parents = false,
    times = kept,
    ignore = { text: '', changedAt: 1 },
  } = question;
  const selection: Selection = {
    sources: sources.map((path) => ({ path: path === '.' ? '' : path, wildcard: path.includes('*') })),
    exclude,
    parents,
    unpack: false,
  };
  return contentsAsBuilt(context(names, changed), { times, ignoreFile: ignore }, selection, built, question.patterns);
}

const tree = ['a', 'd/', 'd/b', 'd/s/', 'd/s/c', 'e/', 'e/f', 'l>d/s', 'm>a'];

const cases: readonly {
  readonly name: string;
  readonly changed?: readonly string[];
  readonly unseen?: readonly string[];
  readonly question?: Question;
}[] = [
  { name: 'nothing has changed' },
  { name: 'a file deep below', changed: ['d/s/c'], unseen: ['d/s/c'] },
  { name: 'a directory that is taken', changed: ['d/s'], unseen: ['d/s'] },
  { name: 'a file elsewhere', changed: ['e/f'], question: { sources: ['d'] } },
  { name: 'names in the root, for a source in it', changed: [''], question: { sources: ['d'] } },
  { name: 'names in the root, when everything is taken', changed: [''], unseen: ['.'] },
  {
    name: 'names in the root and in the folder above: it may be another root',
    changed: [''],
    unseen: ['.'],
    question: { sources: ['d'], times: { kind: 'kept', holderChangedAt: 150, placedAt: 50 } },
  },
  {
    name: 'names in the folder above alone',
    question: { sources: ['d'], times: { kind: 'kept', holderChangedAt: 150, placedAt: 50 } },
  },
  {
    name: 'a folder above that was moved',
    unseen: [],
    question: { times: { kind: 'kept', holderChangedAt: 50, placedAt: 150 } },
  },
  { name: 'names in a directory that is only passed', changed: ['d'], question: { sources: ['d/s'] } },
  {
    name: 'names in a directory that is passed and in the one above: it may be another one',
    changed: ['', 'd'],
    unseen: ['d'],
    question: { sources: ['d/s'] },
  },
  {
    name: 'the mode of a directory that is passed, with --parents',
    changed: ['d'],
    unseen: ['d'],
    question: { sources: ['d/s'], parents: true },
  },
  { name: 'a link that is followed', changed: ['l'], unseen: ['l'], question: { sources: ['l'] } },
  { name: 'what a link leads to', changed: ['d/s/c'], unseen: ['d/s/c'], question: { sources: ['l'] } },
  { name: 'beside what a link leads to', changed: ['d/b'], question: { sources: ['l'] } },
  { name: 'the target of a link that is copied as one', changed: ['a'], unseen: ['a'], question: { sources: ['m'] } },
  { name: 'a file that the wildcard does not match', changed: ['e/f'], question: { sources: ['d/*'] } },
  {
    name: 'names where a wildcard looks',
    changed: ['d'],
    unseen: ['d'],
    question: { sources: ['d/*'] },
  },
  {
    name: 'names where a wildcard looks without finding anything',
    changed: ['e'],
    unseen: ['e'],
    question: { sources: ['*/s/c'] },
  },
  {
    name: 'anything, for a wildcard in a directory that is not there',
    changed: ['e/f'],
    unseen: ['e/f'],
    question: { sources: ['gone/*'] },
  },
  { name: 'a file that is excluded', changed: ['d/b'], question: { sources: ['d'], exclude: ['b'] } },
  {
    name: 'names beside a file that is excluded',
    changed: ['d'],
    unseen: ['d'],
    question: { sources: ['d'], exclude: ['b'] },
  },
  {
    name: 'names in a directory that is excluded',
    changed: ['d/s', 'd/s/c'],
    question: { sources: ['d'], exclude: ['s'] },
  },
  {
    name: 'names in a directory that is excluded but for something',
    changed: ['d/s'],
    unseen: ['d/s'],
    question: { sources: ['d'], exclude: ['s', '!s/c'] },
  },
  {
    name: 'a link directly below the base of --parents is hashed as what it leads to',
    changed: ['a'],
    unseen: ['a'],
    question: { sources: ['m*'], parents: true },
  },
  {
    name: 'the ignore file',
    unseen: ['.dockerignore'],
    question: { ignore: { text: 'x', path: '.dockerignore', changedAt: 150 } },
  },
  {
    name: 'the ignore file, but the patterns of the build are the same',
    question: { ignore: { text: '# a comment\n/x\n', changedAt: 150 }, patterns: ['x'] },
  },
  {
    name: 'patterns',
    unseen: ['.dockerignore'],
    question: { ignore: { text: 'x', changedAt: 1 }, patterns: ['x', '!y'] },
  },
  { name: 'an ignore file of unknown age', unseen: ['.dockerignore'], question: { ignore: { text: '' } } },
  {
    name: 'nobody knows, the times being of no use',
    unseen: [],
    question: { times: { kind: 'untrusted', reason: '' } },
  },
];

describe('contents as a build saw them', () => {
  for (const { name, changed = [], unseen, question = {} } of cases) {
    it(`${unseen ? 'unseen' : 'as built'}: ${name}`, () => {
      assert.deepEqual(ask(tree, changed, question), unseen ? { kind: 'unseen', paths: unseen } : { kind: 'as-built' });
    });
  }

  it('names the ten latest', () => {
    const names = Array.from({ length: 30 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    const entries = names.map((path, index): ListedEntry => ({ path, times: { mtime: 0, ctime: index } }));
    const selection: Selection = {
      sources: [{ path: '', wildcard: false }],
      exclude: [],
      parents: false,
      unpack: false,
    };
    const facts = { times: kept, ignoreFile: { text: '', changedAt: 0 } };
    const answer = contentsAsBuilt(snapshotFromEntries(entries), facts, selection, 60);
    assert.deepEqual(answer, { kind: 'as-built' });
    const unseen = contentsAsBuilt(
      snapshotFromEntries(entries),
      { ...facts, times: { ...kept, placedAt: 0 } },
      selection,
      15,
    );
    assert.deepEqual(unseen, { kind: 'unseen', paths: names.slice(20).reverse() });
  });
});
