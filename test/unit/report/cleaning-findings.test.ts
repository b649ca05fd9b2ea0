/** Diagnostics with the bytes that a rewritten RUN saves, from the package index that is shipped. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { openDistribution } from '../../../server/src/packages/distribution-data';
import type { PackageIndexes } from '../../../server/src/packages/types';
import { analyse } from '../../../server/src/report/analyse';
import type { Finding } from '../../../server/src/report/types';
import { factsOf, inputsOf } from './scenario';

const data = join(__dirname, '../../../server/src/packages/data/debian-bookworm.br');
const index = openDistribution(new Uint8Array(brotliDecompressSync(readFileSync(data))));
assert.ok(index);
const nothing = { state: 'unknown', reason: 'not asked' } as const;
const packages: PackageIndexes = {
  distribution: () => ({ state: 'ready', value: index, basis: 'computed', source: 'what is shipped' }),
  npm: () => nothing,
  pypi: () => nothing,
  url: () => ({ state: 'ready', value: 5_000_000, basis: 'computed', source: 'the test' }),
};

function found(text: string): readonly Finding[] {
  return analyse(text, inputsOf({ text }), { ...factsOf({ text }), packages }).report.findings;
}

const base = 'FROM debian:bookworm-slim\n';

describe('findings of what could be kept out of a layer', () => {
  it('package lists, with their bytes and the refactoring', () => {
    const [first, ...others] = found(`${base}RUN apt-get update && apt-get install -y --no-install-recommends jq\n`);
    assert.deepEqual(others, []);
    assert.equal(first?.code, 'cache-in-layer');
    assert.match(first.message, /^1\d\.\dMB|^1\d\.\d MB|^\d+(?:\.\d+)? ?MB/);
    assert.deepEqual(first.fixes, ['clean-in-layer:2']);
  });

  it('nothing where nothing is saved, and nothing of stages that the image is not made of', () => {
    const clean = 'apt-get update && apt-get install -y --no-install-recommends jq && rm -rf /var/lib/apt/lists/*';
    assert.deepEqual(found(`${base}RUN ${clean}\n`), []);
    const stage = 'FROM debian:bookworm-slim AS build\nRUN apt-get update && apt-get install -y jq\nFROM scratch\n';
    assert.deepEqual(found(`${stage}COPY --from=build /usr/bin/jq /\n`), []);
  });

  it('what a later line deletes names the refactorings that save it, across metadata', () => {
    const text = `${base}RUN dd if=/dev/zero of=/big bs=1000 count=3000\n# port\nEXPOSE 80\nRUN rm /big\n`;
    const [first] = found(text);
    assert.equal(first?.code, 'deleted-later');
    assert.deepEqual(first.fixes, ['merge-run:2', 'move-rm:5']);
  });

  it('a merge that saves nothing is no fix', () => {
    assert.deepEqual(found(`${base}RUN echo a > /a\nLABEL a=b\nRUN echo b > /b\n`), []);
  });
});
