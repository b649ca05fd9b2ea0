/** Every measured pair that docs/cache-model.md names as a proof is in the fixture. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { it } from 'node:test';

interface Named {
  readonly subject: string;
  readonly name: string;
}

const read = (path: string): string => fs.readFileSync(new URL(path, import.meta.url), 'utf8');

it('the pairs that the cache model names have been measured', () => {
  const { pairs } = JSON.parse(read('../../fixtures/cache-keys/measured.json')) as { readonly pairs: readonly Named[] };
  const measured = new Set(pairs.map(({ subject, name }) => `${subject}: ${name}`));
  const subjects = new Set(pairs.map(({ subject }) => subject));
  const named = [...read('../../../docs/cache-model.md').matchAll(/`([a-z]+): ([^`]+)`/g)];
  const missing = named
    .filter(([, subject = '']) => subjects.has(subject))
    .map(([, subject = '', name = '']) => `${subject}: ${name}`)
    .filter((row) => !measured.has(row));
  assert.deepEqual(missing, []);
  assert.ok(named.length > 100);
});
