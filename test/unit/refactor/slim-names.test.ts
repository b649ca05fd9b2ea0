import assert from 'node:assert/strict';
import { test } from 'node:test';
import table from '../../../server/src/images/official-images.json';
import { fullImage, slimName } from '../../../server/src/refactor/slim-names';

/** The name of the slim variant; undefined where the image has none, or is one. */
function slim(written: string): string | undefined {
  const full = fullImage(written);
  return full === undefined ? undefined : slimName(written, full);
}

test('the slim variants in the shipped table are those that the full tags lead to', () => {
  const variants = table.images
    .map(({ reference }) => reference)
    .filter((reference) => /^(?:node|python|ruby|debian):.*slim/.test(reference));
  assert.ok(variants.length > 8, variants.join(' '));
  for (const variant of variants) {
    const full = variant.replace(/-slim/, '');
    assert.equal(slim(full), variant, full);
    assert.equal(slim(variant), undefined, variant);
  }
});

test('names of slim variants', () => {
  const names: readonly (readonly [string, string | undefined])[] = [
    ['node', 'node:slim'],
    ['node:latest', 'node:slim'],
    ['node:lts-bookworm', 'node:lts-bookworm-slim'],
    ['node:iron', 'node:iron-slim'],
    ['library/node:20', 'library/node:20-slim'],
    ['docker.io/node:20.1.0', 'docker.io/node:20.1.0-slim'],
    ['python:bookworm', 'python:slim-bookworm'],
    ['python:3.13.0rc2', 'python:3.13.0rc2-slim'],
    ['ruby:3.3.6-bullseye', 'ruby:3.3.6-slim-bullseye'],
    ['debian:12', 'debian:12-slim'],
    ['debian:bookworm-20240101', 'debian:bookworm-20240101-slim'],
    ['debian:latest', undefined],
    ['debian', undefined],
    ['debian:bookworm-backports', undefined],
    ['node:20-alpine', undefined],
    ['python:3.12-alpine3.20', undefined],
    ['python:3.12-windowsservercore', undefined],
    ['node:onbuild', undefined],
    ['php:8.3', undefined],
    ['golang:1.23', undefined],
    ['own/node:20', undefined],
    ['localhost:5000/node:20', undefined],
    ['NODE:20', undefined],
    ['', undefined],
  ];
  for (const [written, expected] of names) assert.equal(slim(written), expected, written);
});
