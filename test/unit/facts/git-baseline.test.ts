import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsFromEntries, createSnapshot } from '../../../server/src/context/snapshot';
import { type ReadCommit, readCommit } from '../../../server/src/facts/commit-contents';
import { readGitBaseline } from '../../../server/src/facts/git-baseline';
import { keptOfTree } from '../../../server/src/facts/git-tree';
import type { GitPort, GitTreeEntry } from '../../../server/src/facts/ports';
import { inMemoryGit } from './in-memory-git';

const never = new AbortController().signal;
const question = { dockerfilePath: '/repo/app/Dockerfile', contextPath: '/repo/app', revision: 'HEAD' };

const reading =
  (git: GitPort): ReadCommit =>
  (asked, signal) =>
    readCommit(git, asked, signal);

function snapshotOfTree(tree: readonly GitTreeEntry[], ignoreText: string) {
  const { entries, unknown } = keptOfTree(tree, ignoreText);
  return { snapshot: createSnapshot(columnsFromEntries(entries, new Set(unknown))), unknown };
}

const file = (path: string, digit = 'a'): GitTreeEntry => ({
  path,
  type: 'file',
  executable: false,
  blob: digit.repeat(40),
});

test('the tree of a commit below the context, its own ignore rules applied', async () => {
  const git = inMemoryGit('/repo');
  git.commitFiles({
    revision: '1234567890',
    subject: 'First',
    files: { 'app/Dockerfile': 'FROM a', 'app/.dockerignore': 'docs\n', 'app/x': '1', 'app/docs/y': '2', z: '3' },
  });
  const answer = await readGitBaseline(git, reading(git), question, undefined, never);
  assert.ok(answer.kind === 'ok');
  const { baseline } = answer.value;
  assert.equal(baseline.dockerfile, 'FROM a');
  assert.equal(baseline.label, 'commit 1234567');
  const names = baseline.snapshot.children('').map(({ path }) => path);
  assert.deepEqual(names, ['.dockerignore', 'Dockerfile', 'x']);
  assert.notEqual(baseline.snapshot.digest('', 'git'), undefined);
});

test("the Dockerfile's own ignore file replaces the context's, even when it is empty", async () => {
  const git = inMemoryGit('/repo');
  git.commitFiles({
    revision: '1',
    files: { 'app/Dockerfile': '', 'app/Dockerfile.dockerignore': '', 'app/.dockerignore': 'x', 'app/x': '1' },
  });
  const answer = await readGitBaseline(git, reading(git), question, undefined, never);
  assert.ok(answer.kind === 'ok');
  assert.notEqual(answer.value.baseline.snapshot.entry('x'), undefined);
});

test('the same commit gives the same object', async () => {
  const git = inMemoryGit('/repo');
  git.commitFiles({ revision: '1', files: { 'app/Dockerfile': '' } });
  const first = await readGitBaseline(git, reading(git), question, undefined, never);
  assert.ok(first.kind === 'ok');
  const second = await readGitBaseline(git, reading(git), question, first.value.baseline, never);
  assert.ok(second.kind === 'ok');
  assert.equal(second.value.baseline, first.value.baseline);
});

test('a Dockerfile that is not in the commit has no baseline there', async () => {
  const git = inMemoryGit('/repo');
  git.commitFiles({ revision: '1', files: { 'app/x': '' } });
  const answer = await readGitBaseline(git, reading(git), question, undefined, never);
  assert.deepEqual(answer, { kind: 'failed', reason: 'app/Dockerfile is not in commit 1.' });
});

test('a directory whose files are all ignored is sent empty, an ignored directory is not', () => {
  const { snapshot } = snapshotOfTree(
    [file('kept/a'), file('empty/a'), file('gone/a'), file('gone/b')],
    'empty/*\ngone\n!gone/b\n',
  );
  assert.deepEqual(
    snapshot.children('').map(({ path }) => path),
    ['empty', 'gone', 'kept'],
  );
  assert.deepEqual(snapshot.children('empty'), []);
  assert.deepEqual(
    snapshot.children('gone').map(({ path }) => path),
    ['gone/b'],
  );
});

test('no digest is claimed over a submodule', () => {
  const module: GitTreeEntry = {
    path: 'lib/module',
    type: 'submodule',
    executable: false,
    blob: 'b'.repeat(40),
  };
  const { snapshot, unknown } = snapshotOfTree([file('x'), module], '');
  assert.equal(snapshot.entry('lib/module')?.type, 'directory');
  assert.equal(snapshot.digest('lib', 'git'), undefined);
  assert.equal(snapshot.digest('', 'git'), undefined);
  assert.notEqual(snapshot.digest('x', 'git'), undefined);
  assert.deepEqual(unknown, ['lib/module/.git']);
});

test('a repository that names objects by SHA-256 is no baseline', async () => {
  const git = inMemoryGit('/repo');
  git.commitFiles({ revision: 'a'.repeat(64), files: { 'app/Dockerfile': '' } });
  const answer = await readGitBaseline(git, reading(git), question, undefined, never);
  assert.ok(answer.kind === 'failed');
  assert.match(answer.reason, /SHA-256/);
});
