import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalReference, familiarReference, parseReference } from '../../../server/src/images/reference';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Written form, canonical form, familiar form. */
const valid: readonly (readonly [string, string, string])[] = [
  ['node', 'docker.io/library/node:latest', 'node:latest'],
  ['node:20', 'docker.io/library/node:20', 'node:20'],
  ['library/node:20', 'docker.io/library/node:20', 'node:20'],
  ['docker.io/node:20', 'docker.io/library/node:20', 'node:20'],
  ['docker.io/library/node:20', 'docker.io/library/node:20', 'node:20'],
  ['index.docker.io/library/node:20', 'docker.io/library/node:20', 'node:20'],
  ['bitnami/node:20', 'docker.io/bitnami/node:20', 'bitnami/node:20'],
  ['ghcr.io/owner/name:v1.2', 'ghcr.io/owner/name:v1.2', 'ghcr.io/owner/name:v1.2'],
  ['localhost/name', 'localhost/name:latest', 'localhost/name:latest'],
  ['localhost:5000/name:1', 'localhost:5000/name:1', 'localhost:5000/name:1'],
  ['[::1]:5000/name:1', '[::1]:5000/name:1', '[::1]:5000/name:1'],
  [`node@${digest}`, `docker.io/library/node@${digest}`, `node@${digest}`],
  [`node:20@${digest}`, `docker.io/library/node@${digest}`, `node:20@${digest}`],
  ['a__b/c-d.e:_x', 'docker.io/a__b/c-d.e:_x', 'a__b/c-d.e:_x'],
];

test('references are read and normalised as Docker does', async (t) => {
  for (const [written, canonical, familiar] of valid) {
    await t.test(written, () => {
      const parsed = parseReference(written);
      assert.equal(parsed.kind, 'ok');
      if (parsed.kind !== 'ok') return;
      assert.equal(canonicalReference(parsed.reference), canonical);
      assert.equal(familiarReference(parsed.reference), familiar);
    });
  }
});

test('what is no reference is told with its fault', async (t) => {
  const malformed: readonly (readonly [string, string])[] = [
    ['', 'empty'],
    ['Node', 'case'],
    ['node:', 'tag'],
    [`node:${'x'.repeat(129)}`, 'tag'],
    ['node:.x', 'tag'],
    ['node@sha256:12', 'digest'],
    ['no de', 'name'],
    ['a//b', 'name'],
    ['-a', 'name'],
    ['$BASE', 'case'],
    ['0123456789abcdef'.repeat(4), 'name'],
    [`ghcr.io/${'a'.repeat(260)}`, 'length'],
  ];
  for (const [written, problem] of malformed) {
    await t.test(JSON.stringify(written), () => {
      assert.deepEqual(parseReference(written), { kind: 'malformed', problem });
    });
  }
});

test('the familiar form means the same as what was written', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const registry = fc.constantFrom('', 'docker.io/', 'ghcr.io/', 'localhost:5000/');
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}$/), { nil: undefined });
  fc.assert(
    fc.property(registry, fc.array(name, { minLength: 1, maxLength: 3 }), tag, (host, parts, label) => {
      const written = host + parts.join('/') + (label === undefined ? '' : `:${label}`);
      const parsed = parseReference(written);
      if (parsed.kind !== 'ok') throw new Error(`${written}: ${parsed.problem}`);
      const again = parseReference(familiarReference(parsed.reference));
      if (again.kind !== 'ok') throw new Error(familiarReference(parsed.reference));
      assert.equal(canonicalReference(again.reference), canonicalReference(parsed.reference));
    }),
  );
});
