import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIgnoreFile } from '../../../server/src/context/ignore-file';
import type { ContextSnapshot } from '../../../server/src/context/types';
import { packBlobs } from '../../../server/src/facts/blob-list';
import { keptPaths } from '../context/kept-paths';
import { type Ask, Index } from './indexer-without-thread';
import { pathsGiven } from './paths-given';
import { temporaryFolder, writeFiles } from './temporary-folder';

const onWindows = process.platform === 'win32';
const isRoot = process.getuid?.() === 0;

/** Everything of a snapshot as lines, for comparing. */
function lines(snapshot: ContextSnapshot, path = ''): string[] {
  return snapshot.children(path).flatMap((entry) => {
    const { type, mode, size, linkTarget } = entry;
    const line = `${entry.path} ${type} ${mode.toString(8)} ${size} ${linkTarget ?? ''} ${snapshot.digest(entry.path, 'sha256') ?? ''} ${snapshot.digest(entry.path, 'git') ?? ''}`;
    const { bytes, files } = snapshot.totalsOf(entry.path);
    return [`${line} ${bytes} ${files}`, ...lines(snapshot, entry.path)];
  });
}

const paths = (snapshot: ContextSnapshot, path = ''): string[] =>
  snapshot.children(path).flatMap((entry) => [entry.path, ...paths(snapshot, entry.path)]);

describe('index of a build context', () => {
  it('has names, sizes, modes and totals', async (test) => {
    const folder = temporaryFolder(test, { 'a.txt': '12345', 'd/b': '123', 'd/ü': '1' });
    if (!onWindows) chmodSync(join(folder, 'd/b'), 0o4750);
    const snapshot = (await Index.open(folder)).snapshot();
    assert.deepEqual(paths(snapshot), ['a.txt', 'd', 'd/b', 'd/ü']);
    assert.equal(snapshot.entry('d/b')?.mode, onWindows ? 0o755 : 0o4750);
    assert.deepEqual(snapshot.totals, { bytes: 9, files: 3 });
    assert.deepEqual(snapshot.unreadable, []);
  });

  it('leaves out what is ignored and enters only where something may be kept', async (test) => {
    const folder = temporaryFolder(test, {
      '.dockerignore': 'node_modules\nbuild\n!build/keep\n*.log\nempty/**\n',
      'node_modules/x/y': '1',
      'build/keep': '1',
      'build/drop': '1',
      'a.log': '1',
      'src/a.log': '1',
      'empty/file': '1',
    });
    const snapshot = (await Index.open(folder)).snapshot();
    assert.deepEqual(paths(snapshot), ['.dockerignore', 'build', 'build/keep', 'empty', 'src', 'src/a.log']);
  });

  it('prefers the ignore file of the Dockerfile, even an empty one, and takes unsaved text', async (test) => {
    const folder = temporaryFolder(test, { '.dockerignore': 'a', 'docker/Dockerfile.dockerignore': '', a: '', b: '' });
    const index = await Index.open(folder, join(folder, 'docker/Dockerfile'));
    assert.ok(paths(index.snapshot()).includes('a'));
    await index.ask({ kind: 'ignore-text', text: 'b' });
    assert.ok(!paths(index.snapshot()).includes('b'));
    await index.ask({ kind: 'ignore-text', text: undefined });
    assert.ok(paths(index.snapshot()).includes('b'));
    rmSync(join(folder, 'docker/Dockerfile.dockerignore'));
    await index.ask({ kind: 'events', paths: [join(folder, 'docker/Dockerfile.dockerignore')] });
    assert.ok(!paths(index.snapshot()).includes('a'));
  });

  it('takes links as links, harmless in circles, and hard links as one', { skip: onWindows }, async (test) => {
    const folder = temporaryFolder(test, { 'd/a': '12345' });
    symlinkSync('..', join(folder, 'd/up'));
    symlinkSync('self', join(folder, 'self'));
    symlinkSync('/etc', join(folder, 'outside'));
    linkSync(join(folder, 'd/a'), join(folder, 'd/b'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const index = await Index.open(folder);
    await index.ask({ kind: 'digests', scheme: 'sha256' });
    const snapshot = index.snapshot();
    assert.deepEqual(paths(snapshot), ['d', 'd/a', 'd/b', 'd/up', 'outside', 'pipe', 'self']);
    assert.equal(snapshot.entry('outside')?.linkTarget, '/etc');
    assert.equal(snapshot.entry('pipe')?.type, 'other');
    assert.deepEqual(snapshot.totals, { bytes: 5, files: 2 });
    assert.equal(snapshot.entry('d/a')?.hardLink, snapshot.entry('d/b')?.hardLink);
    assert.equal(typeof snapshot.digest('', 'sha256'), 'string');
  });

  it('names what it may not read', { skip: onWindows || !process.seteuid }, async (test) => {
    const folder = temporaryFolder(test, { 'closed/a': '1', secret: '1', open: '1' });
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'closed'), 0);
    chmodSync(join(folder, 'secret'), 0);
    if (isRoot) process.seteuid?.(65_534);
    try {
      const index = await Index.open(folder);
      await index.ask({ kind: 'digests', scheme: 'sha256' });
      const snapshot = index.snapshot();
      assert.deepEqual(snapshot.unreadable, [
        { path: 'closed', reason: 'no-permission' },
        { path: 'secret', reason: 'no-permission' },
      ]);
      assert.deepEqual(paths(snapshot), ['closed', 'open', 'secret']);
      assert.equal(snapshot.digest('secret', 'sha256'), undefined);
      assert.equal(typeof snapshot.digest('open', 'sha256'), 'string');
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(folder, 'closed'), 0o755);
    }
  });

  it('says when there is no context, and comes back when there is', async (test) => {
    const folder = temporaryFolder(test, { file: '' });
    const missing = await Index.open(join(folder, 'nothing'));
    assert.deepEqual(missing.replies[0], { kind: 'unavailable', problem: { kind: 'missing' } });
    const notFolder = await Index.open(join(folder, 'file'));
    assert.deepEqual(notFolder.replies[0], { kind: 'unavailable', problem: { kind: 'not-a-directory' } });
    writeFiles(folder, { 'nothing/a': '1' });
    await missing.ask({ kind: 'events', paths: [join(folder, 'nothing/a')] });
    assert.deepEqual(paths(missing.snapshot()), ['a']);
  });
});

describe('digests of contents', () => {
  it('are SHA-256 or git’s object ID, and new only for files that changed', async (test) => {
    const folder = temporaryFolder(test, { a: 'hello\n', empty: '', big: 'x'.repeat(3_000_000) });
    const index = await Index.open(folder);
    await index.ask({ kind: 'digests', scheme: 'sha256' }, { kind: 'digests', scheme: 'git' });
    const content = (path: string, scheme: 'sha256' | 'git') =>
      index.snapshot().digest(path, scheme)?.replace(/^.*:/, '');
    for (const path of ['a', 'empty', 'big']) {
      const bytes = readFileSync(join(folder, path));
      assert.equal(content(path, 'sha256'), createHash('sha256').update(bytes).digest('hex'));
      const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      assert.equal(content(path, 'git'), blob);
    }
    assert.equal(content('a', 'git'), 'ce013625030ba8dba906f756967f9e9ca394464a');
    const before = index.snapshot().digest('', 'sha256');
    writeFileSync(join(folder, 'a'), 'other\n');
    await index.ask({ kind: 'events', paths: [join(folder, 'a')] });
    assert.equal(content('a', 'sha256'), createHash('sha256').update('other\n').digest('hex'));
    assert.notEqual(index.snapshot().digest('', 'sha256'), before);
  });

  it('are taken from git for tracked files that were not touched since', async (test) => {
    const folder = temporaryFolder(test, { a: 'hello\n', b: '1' });
    const blob = 'f'.repeat(40);
    const git: Ask = { kind: 'digests', scheme: 'git' };
    const contentOf = async (path: string, asOf: number) => {
      const index = await Index.open(folder);
      await index.ask({ kind: 'blobs', blobs: packBlobs([['a', blob]]), asOf }, git);
      return index.snapshot().digest(path, 'git')?.replace(/^.*:/, '');
    };
    const touched = lstatSync(join(folder, 'a')).ctimeMs;
    assert.equal(await contentOf('a', touched + 10_000), blob);
    assert.equal(await contentOf('a', touched), 'ce013625030ba8dba906f756967f9e9ca394464a');
    assert.notEqual(await contentOf('b', touched + 10_000), undefined);
  });

  it('of a file that was replaced without an event are those of the file that is there', async (test) => {
    const folder = temporaryFolder(test, { a: '1', 'd/b': '2' });
    const index = await Index.open(folder);
    writeFileSync(join(folder, 'a'), 'longer than before');
    rmSync(join(folder, 'd'), { recursive: true });
    await index.ask({ kind: 'digests', scheme: 'sha256' });
    assert.equal(index.snapshot().entry('a')?.size, 18);
    assert.equal(index.snapshot().entry('d/b'), undefined);
    assert.equal(typeof index.snapshot().digest('', 'sha256'), 'string');
  });
});

describe('file events', () => {
  type Operation = readonly ['write' | 'remove' | 'rename' | 'mkdir' | 'link', string, string];
  const path = fc
    .array(fc.constantFrom('a', 'b', 'skip', 'keep', 'c.log'), { minLength: 1, maxLength: 3 })
    .map((names) => names.join('/'));
  const operation: fc.Arbitrary<Operation> = fc.tuple(
    fc.constantFrom('write', 'remove', 'rename', 'mkdir', 'link'),
    path,
    path,
  );
  const ignoreTexts = ['', 'skip', '**/*.log', '*\n!keep\n!a/b', 'skip\n!skip/keep', 'a/**\n!**/keep'];

  function perform(folder: string, [kind, from, to]: Operation): void {
    const source = join(folder, from);
    try {
      if (kind === 'write') writeFiles(folder, { [from]: to });
      else if (kind === 'remove') rmSync(source, { recursive: true, force: true });
      else if (kind === 'rename') renameSync(source, join(folder, to));
      else if (kind === 'mkdir') mkdirSync(source, { recursive: true });
      else symlinkSync(to, source);
    } catch (error) {
      // An operation that is impossible in this tree leaves it as it is.
      assert.ok(error instanceof Error && 'code' in error);
    }
  }

  function withoutLinks(path: string): string[] {
    try {
      return [realpathSync(path)];
    } catch {
      return [];
    }
  }

  it('keep the index as if everything had been looked at again', { skip: onWindows }, async (test) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ignoreTexts),
        fc.array(operation, { maxLength: 8 }),
        fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        async (ignoreText, before, rounds) => {
          const folder = temporaryFolder(test, { '.dockerignore': ignoreText });
          for (const each of before) perform(folder, each);
          const index = await Index.open(folder);
          await index.ask({ kind: 'digests', scheme: 'sha256' });
          for (const round of rounds) {
            const touched = round.flatMap(([kind, from, to]) => {
              const named = [join(folder, from), join(folder, to)];
              // A watcher names what was written through a link by where it lies.
              const before = named.flatMap(withoutLinks);
              perform(folder, [kind, from, to]);
              return [...named, ...before, ...named.flatMap(withoutLinks)];
            });
            // Watchers name what appeared, which may be a folder above.
            const above = touched.map((each) => join(each, '..')).filter((each) => each.startsWith(`${folder}/`));
            await index.ask({ kind: 'events', paths: [...touched, ...above] });
          }
          const fresh = await Index.open(folder);
          await fresh.ask({ kind: 'digests', scheme: 'sha256' });
          assert.deepEqual(lines(index.snapshot()), lines(fresh.snapshot()));
          // And what was walked is what the rules keep.
          const files = allFiles(folder);
          const kept = keptPaths(files, parseIgnoreFile(ignoreText).matcher);
          const found = paths(fresh.snapshot()).filter((each) => fresh.snapshot().entry(each)?.type !== 'directory');
          assert.deepEqual(found.sort(), kept.files.sort());
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 60 },
    );
  });

  function allFiles(folder: string, below = ''): string[] {
    return readdirSync(join(folder, below)).flatMap((name) => {
      const each = below === '' ? name : `${below}/${name}`;
      return lstatSync(join(folder, each)).isDirectory() ? allFiles(folder, each) : [each];
    });
  }

  type Save = readonly ['append' | 'replace' | 'chmod' | 'touch' | 'temporary', string];
  const tree = ['a', 'd/a', 'd/b', 'd/e/a', 'd/e/c.log', 'f/ü'];
  const save: fc.Arbitrary<Save> = fc.tuple(
    fc.constantFrom('append', 'replace', 'chmod', 'touch', 'temporary'),
    fc.constantFrom(...tree),
  );

  function performSave(folder: string, [kind, path]: Save): string[] {
    const target = join(folder, path);
    const beside = `${target}.tmp`;
    if (kind === 'append') appendFileSync(target, 'x');
    else if (kind === 'chmod') chmodSync(target, (lstatSync(target).mode & 0o777) ^ 0o111);
    else if (kind === 'touch') utimesSync(target, 1, 1);
    else {
      // Editors write beside a file and put that in its place.
      writeFileSync(beside, `${readFileSync(target, 'utf8')}y`);
      if (kind === 'replace') renameSync(beside, target);
      else rmSync(beside);
    }
    return [beside, target];
  }

  it('of saved files change rows only, to what a new walk finds, and no snapshot that was there before', async (test) => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(['sha256', 'git'] as const),
        fc.array(fc.array(save, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
        async (schemes, rounds) => {
          const folder = temporaryFolder(test, Object.fromEntries(tree.map((path) => [path, path])));
          const wanted = schemes.map((scheme): Ask => ({ kind: 'digests', scheme }));
          const index = await Index.open(folder);
          await index.ask(...wanted, { kind: 'events', paths: [] });
          const older: (readonly [ContextSnapshot, readonly string[]])[] = [];
          for (const round of rounds) {
            const snapshot = index.snapshot();
            older.push([snapshot, lines(snapshot)]);
            const touched = round.flatMap((each) => performSave(folder, each));
            await index.ask({ kind: 'events', paths: touched });
          }
          const fresh = await Index.open(folder);
          await fresh.ask(...wanted, { kind: 'events', paths: [] });
          assert.deepEqual(lines(index.snapshot()), lines(fresh.snapshot()));
          assert.deepEqual(index.snapshot().totals, fresh.snapshot().totals);
          for (const scheme of schemes) {
            assert.equal(index.snapshot().digest('', scheme), fresh.snapshot().digest('', scheme));
          }
          for (const [snapshot, expected] of older) assert.deepEqual(lines(snapshot), expected);
          assert.equal(index.replies.filter((reply) => reply.kind === 'ready').length, 1);
          const posted = index.replies.filter((reply) => reply.kind === 'contents' && reply.digests);
          assert.ok(posted.length <= schemes.length);
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('that change nothing post nothing', async (test) => {
    // When the folder above changed is told too, and in the one for temporary files others come and go.
    const folder = join(temporaryFolder(test, { 'own/a': '1', 'own/d/b': '2' }), 'own');
    const index = await Index.open(folder);
    await index.ask({ kind: 'digests', scheme: 'sha256' });
    const before = index.replies.filter((reply) => reply.kind !== 'idle').length;
    await index.ask({ kind: 'events', paths: [join(folder, 'd/b'), join(folder, 'd/gone')] }, { kind: 'recheck' });
    assert.equal(index.replies.filter((reply) => reply.kind !== 'idle').length, before);
    writeFileSync(join(folder, 'd/b'), '3');
    await index.ask({ kind: 'recheck' });
    const fresh = await Index.open(folder);
    await fresh.ask({ kind: 'digests', scheme: 'sha256' });
    assert.deepEqual(lines(index.snapshot()), lines(fresh.snapshot()));
  });

  it('outside the context or of ignored paths change nothing', async (test) => {
    const folder = temporaryFolder(test, { '.dockerignore': 'node_modules', 'node_modules/x': '1', a: '1' });
    const index = await Index.open(folder);
    const before = index.replies.filter((reply) => reply.kind === 'ready').length;
    writeFiles(folder, { 'node_modules/y/z': '1' });
    await index.ask({ kind: 'events', paths: [join(folder, 'node_modules/y/z'), join(folder, '../elsewhere')] });
    assert.equal(index.replies.filter((reply) => reply.kind === 'ready').length, before);
  });
});

describe('a large context', () => {
  it('of 20,000 files is indexed whole', async (test) => {
    const folder = temporaryFolder(test);
    for (let directory = 0; directory < 40; directory++) {
      mkdirSync(join(folder, `d${directory}`));
      for (let file = 0; file < 500; file++) writeFileSync(join(folder, `d${directory}/f${file}`), '12');
    }
    const index = await Index.open(folder);
    assert.deepEqual(index.snapshot().totals, { bytes: 40_000, files: 20_000 });
    writeFileSync(join(folder, 'd7/f7'), '1234');
    await index.ask({ kind: 'events', paths: [join(folder, 'd7/f7')] });
    assert.deepEqual(index.snapshot().totals, { bytes: 40_002, files: 20_000 });
    assert.equal(index.snapshot().children('d39').length, 500);
  });

  it('of which a checkout rewrites thousands of files without changing them keeps its digests, and reads no others', async (test) => {
    const names = Array.from({ length: 4_000 }, (_, file) => `d${file % 20}/f${file}`);
    const folder = temporaryFolder(test, Object.fromEntries(names.map((name) => [name, name])));
    const index = await Index.open(folder);
    await index.ask({ kind: 'digests', scheme: 'sha256' });
    const before = index.snapshot().digest('', 'sha256');
    const rewritten = names.slice(0, 3_000).map((name) => join(folder, name));
    for (const path of rewritten) writeFileSync(path, readFileSync(path));
    const opened = await pathsGiven(test, 'openSync', folder, () => index.ask({ kind: 'events', paths: rewritten }));
    assert.equal(index.snapshot().digest('', 'sha256'), before);
    assert.deepEqual(opened.sort(), [...rewritten].sort());
    writeFileSync(rewritten[0] ?? '', 'changed');
    await index.ask({ kind: 'events', paths: rewritten });
    assert.notEqual(index.snapshot().digest('', 'sha256'), before);
  });
});
