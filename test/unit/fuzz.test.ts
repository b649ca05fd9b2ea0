import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDockerfiles } from '../corpus/sources';
import { checkMutations } from '../fuzz/mutations';
import { ownScenes } from '../fuzz/refactor/sources';
import { walkRefactorings } from '../fuzz/refactor/walks';

const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));

test('500 random mutations of the corpus: no crash, no hang, every range inside the document', async () => {
  const texts = (await readDockerfiles(corpus)).map(({ text }) => text);
  const { cases, failures } = checkMutations(texts, 500, 20_260_401);
  assert.deepEqual(failures, []);
  assert.equal(cases, 500);
});

test('150 random orders of refactorings: text, image and promised effect hold after each', async () => {
  const { walks, failures, applied } = walkRefactorings(await ownScenes(), 150, 20_260_701);
  assert.deepEqual(failures, []);
  assert.equal(walks, 150);
  assert.ok(applied.size > 12, `${[...applied.keys()]} were applied`);
});
