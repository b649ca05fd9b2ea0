import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { check } from '../../corpus/check';
import { readDockerfiles } from '../../corpus/sources';

const corpus = fileURLToPath(new URL('../../fixtures/corpus', import.meta.url));

/** Files that are valid for the parser although they cannot be built, or that hold an error on purpose. */
const WITH_ERRORS = new Set(['copy-from-later-stage', 'only-comments']);

test('every file of the corpus passes every check', async () => {
  const files = await readDockerfiles(corpus);
  assert.ok(files.length >= 96, `${files.length} files`);
  assert.deepEqual(
    files.flatMap(({ name, text }) => check(text).faults.map((fault) => `${name}: ${fault}`)),
    [],
  );
});

test('what is not in broken/ has no errors', async () => {
  const files = (await readDockerfiles(corpus)).filter(({ name }) => !name.startsWith('broken/'));
  assert.deepEqual(
    files.flatMap(({ name, text }) =>
      (check(text).dockerfile?.problems ?? [])
        .filter(({ severity }) => severity === 'error')
        .filter(() => !WITH_ERRORS.has(name.replace('.Dockerfile', '')))
        .map(({ code, range, parameters }) => `${name}:${range.start.line + 1}: ${code} ${parameters.join(', ')}`),
    ),
    [],
  );
});
