import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ContextPool, type ContextView } from '../../../server/src/facts/shared-context';
import { type InMemoryContext, inMemoryContext } from './in-memory-context';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-shared-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function pool() {
  const contexts = new ContextPool();
  const opened: { readonly view: ContextView; readonly index: InMemoryContext }[] = [];
  const open = (name: string) =>
    contexts.open({ contextPath: folder, dockerfilePath: join(folder, name) }, (view) => {
      const index = inMemoryContext();
      opened.push({ view, index });
      return index;
    });
  return { open, opened };
}

test('Dockerfiles without an ignore file of their own share one index, until the last has gone', () => {
  const { open, opened } = pool();
  const one = open('a.Dockerfile');
  const two = open('b.Dockerfile');
  assert.equal(opened.length, 1);
  assert.equal(opened[0]?.view.dockerfilePath, `${folder}/`);
  one.dispose();
  one.dispose();
  assert.equal(opened[0]?.index.disposed, false);
  two.dispose();
  assert.equal(opened[0]?.index.disposed, true);
  open('a.Dockerfile').dispose();
  assert.equal(opened.length, 2);
});

test('a Dockerfile with one has an index of its own', async () => {
  await writeFile(join(folder, 'b.Dockerfile.dockerignore'), 'x');
  const { open, opened } = pool();
  const both = [open('a.Dockerfile'), open('b.Dockerfile')];
  assert.deepEqual(
    opened.map(({ view }) => view.dockerfilePath),
    [`${folder}/`, join(folder, 'b.Dockerfile')],
  );
  for (const each of both) each.dispose();
});

test('where such a file appears or goes, the index changes with it, and listeners hear of it', async () => {
  const { open, opened } = pool();
  const context = open('a.Dockerfile');
  const other = open('b.Dockerfile');
  let changes = 0;
  context.onChange(() => {
    changes += 1;
  });
  other.onChange(() => assert.fail('nothing has changed for the other'));
  const ignore = join(folder, 'a.Dockerfile.dockerignore');
  await writeFile(ignore, '');
  context.fileEvents([ignore]);
  assert.equal(changes, 1);
  assert.equal(opened.length, 2);
  opened[1]?.index.become({ state: 'unavailable', reason: 'x' });
  assert.equal(changes, 2);
  assert.deepEqual(context.current(), { state: 'unavailable', reason: 'x' });
  await rm(ignore);
  context.fileEvents([ignore]);
  assert.equal(opened.length, 2);
  assert.equal(opened[1]?.index.disposed, true);
  assert.deepEqual(context.current(), { state: 'pending' });
  context.dispose();
  other.dispose();
});
