import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readDockerfiles } from '../corpus/sources';
import { checkMutations } from '../fuzz/mutations';

const corpus = fileURLToPath(new URL('../fixtures/corpus', import.meta.url));

test('500 random mutations of the corpus: no crash, no hang, every range inside the document', async () => {
  const texts = (await readDockerfiles(corpus)).map(({ text }) => text);
  const { cases, failures } = checkMutations(texts, 500, 20_260_401);
  assert.deepEqual(failures, []);
  assert.equal(cases, 500);
});
