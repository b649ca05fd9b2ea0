import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createGit, readBatch, readTree } from '../../../server/src/facts/git';
import { type TemporaryRepository, temporaryRepository } from './temporary-repository';

const git = createGit();
const never = new AbortController().signal;

async function withRepository(use: (repository: TemporaryRepository) => Promise<void>): Promise<void> {
  const repository = await temporaryRepository();
  try {
    await use(repository);
  } finally {
    await repository.remove();
  }
}

function blobId(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

test('a folder is located in its repository', async () => {
  await withRepository(async ({ folder, commit }) => {
    await commit({ 'a/b/x': '1' });
    assert.deepEqual(await git.locate(folder, never), {
      kind: 'ok',
      value: { root: folder, gitFolder: join(folder, '.git'), prefix: '' },
    });
    const below = await git.locate(join(folder, 'a', 'b'), never);
    assert.ok(below.kind === 'ok');
    assert.equal(below.value.prefix, 'a/b/');
  });
});

test('no repository, no folder, no commit: each has its reason', async () => {
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'strata-plain-')));
  const none = await git.locate(outside, never);
  assert.ok(none.kind === 'failed');
  assert.match(none.reason, /is in no git repository/);
  const missing = await git.locate(join(outside, 'nowhere'), never);
  assert.ok(missing.kind === 'failed');
  assert.match(missing.reason, /nowhere/);
  await rm(outside, { recursive: true });
  await withRepository(async ({ folder }) => {
    const empty = await git.commit(folder, 'HEAD', never);
    assert.ok(empty.kind === 'failed');
    assert.match(empty.reason, /has no commit yet/);
  });
});

test('a commit by any name; an unknown name and one that looks like an option are refused', async () => {
  await withRepository(async ({ folder, commit, git: run }) => {
    const first = await commit({ x: '1' }, 'First\n\nbody');
    await commit({ x: '2' }, 'Second');
    run('tag', '-a', 'v1', '-m', 'tag', first);
    const expected = { kind: 'ok', value: { revision: first, at: '2026-01-02T03:04:05.000Z', subject: 'First' } };
    for (const name of [first, first.slice(0, 8), 'v1', 'HEAD~1']) {
      const answer = await git.commit(folder, name, never);
      assert.deepEqual(answer, expected);
    }
    for (const name of ['nope', '--all', '']) {
      const answer = await git.commit(folder, name, never);
      assert.ok(answer.kind === 'failed', name);
    }
  });
});

test('a tree has blobs, modes, sizes and link targets, also for names git would quote', {
  skip: process.platform === 'win32',
}, async () => {
  await withRepository(async ({ folder, commit, write }) => {
    await write({ 'app/run.sh': 'echo', 'app/ü "x".txt': 'a', 'other/y': '' });
    await chmod(join(folder, 'app/run.sh'), 0o755);
    await symlink('run.sh', join(folder, 'app', 'link'));
    const revision = await commit({});
    const tree = await git.tree(folder, revision, 'app/', never);
    assert.ok(tree.kind === 'ok');
    assert.deepEqual(tree.value, [
      { path: 'link', type: 'symlink', executable: false, blob: blobId('run.sh'), linkTarget: 'run.sh' },
      { path: 'run.sh', type: 'file', executable: true, blob: blobId('echo') },
      { path: 'ü "x".txt', type: 'file', executable: false, blob: blobId('a') },
    ]);
    assert.deepEqual(await git.tree(folder, revision, 'not-there/', never), { kind: 'ok', value: [] });
  });
});

test('submodules are entries of their own', async () => {
  await withRepository(async ({ folder, commit, git: run }) => {
    const revision = await commit({ x: '1' });
    run('update-index', '--add', '--cacheinfo', `160000,${revision},module`);
    run('commit', '--quiet', '-m', 'module');
    const tree = await git.tree(folder, 'HEAD', '', never);
    assert.ok(tree.kind === 'ok');
    assert.deepEqual(tree.value[0], { path: 'module', type: 'submodule', executable: false, blob: revision });
  });
});

test('texts of a commit, whatever the working tree has now', async () => {
  await withRepository(async ({ folder, commit, write }) => {
    const revision = await commit({ Dockerfile: 'FROM a\n', 'd/.dockerignore': '' });
    await write({ Dockerfile: 'FROM b\n' });
    const texts = await git.texts(folder, revision, ['Dockerfile', 'missing', 'd/.dockerignore', 'd', 'a\nb'], never);
    assert.deepEqual(texts, { kind: 'ok', value: ['FROM a\n', undefined, '', undefined, undefined] });
  });
});

test('modified files: changed, staged, deleted, and those git was told not to look at', async () => {
  await withRepository(async ({ folder, commit, git: run, write }) => {
    await commit({ 'p/clean': '1', 'p/changed': '1', 'p/staged': '1', 'p/deleted': '1', 'p/hidden': '1', other: '1' });
    await write({ 'p/changed': '2', 'p/staged': '2', 'p/untracked': '1', other: '2' });
    run('add', 'p/staged');
    await rm(join(folder, 'p/deleted'));
    run('update-index', '--assume-unchanged', 'p/hidden');
    const modified = await git.modified(folder, 'p/', never);
    assert.ok(modified.kind === 'ok');
    assert.deepEqual([...modified.value].sort(), ['changed', 'deleted', 'hidden', 'staged']);
  });
});

test('hooks and monitors of a repository are not run', { skip: process.platform === 'win32' }, async () => {
  await withRepository(async ({ folder, commit, git: run }) => {
    await commit({ x: '1' });
    const mark = join(folder, 'ran');
    const script = join(folder, 'monitor.sh');
    await writeFile(script, `#!/bin/sh\ntouch "${mark}"\n`, { mode: 0o755 });
    run('config', 'core.fsmonitor', script);
    await git.modified(folder, '', never);
    await git.tree(folder, 'HEAD', '', never);
    await assert.rejects(realpath(mark));
  });
});

test('cancelling ends the wait', async () => {
  await withRepository(async ({ folder }) => {
    await assert.rejects(git.locate(folder, AbortSignal.abort(new Error('enough'))), /enough/);
  });
});

test('a shallow clone has its newest commit', async () => {
  await withRepository(async ({ folder, commit, git: run }) => {
    await commit({ x: '1' });
    const revision = await commit({ x: '2' });
    run('clone', '--quiet', '--depth', '1', `file://${folder}`, 'shallow');
    const answer = await git.commit(join(folder, 'shallow'), 'HEAD', never);
    assert.ok(answer.kind === 'ok');
    assert.equal(answer.value.revision, revision);
  });
});

test('output that is cut or strange is read as far as it goes', () => {
  assert.deepEqual(readTree(Buffer.from('garbage\x080644 blob abc')), []);
  assert.deepEqual(readBatch(Buffer.from('x missing\n'), 2), [undefined]);
  assert.deepEqual(readBatch(Buffer.from('dangling 4\nback\nx missing\n'), 2), [undefined, undefined]);
  assert.deepEqual(readBatch(Buffer.from(`${'a'.repeat(40)} blob 3\nabc\n${'b'.repeat(40)} tree 1\nx\n`), 2), [
    'abc',
    undefined,
  ]);
});
