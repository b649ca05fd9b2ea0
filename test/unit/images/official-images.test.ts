import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { format, makeRow } from '../../../scripts/official-images.mjs';
import { indexOfficialImages } from '../../../server/src/images/official';
import table from '../../../server/src/images/official-images.json';
import type { OfficialImage, OfficialImageTable } from '../../../server/src/images/types';

/** The table as its type says; the assignment checks that at compile time as far as JSON's inferred types go. */
const typed: OfficialImageTable = table as OfficialImageTable;
const file = new URL('../../../server/src/images/official-images.json', import.meta.url);
const fixtures = new URL('../../fixtures/official-images/', import.meta.url);

test('the table holds at least 100 builds under tags, each tag once, sorted, in less than 200 KB', async () => {
  const references = typed.images.map(({ reference }) => reference);
  const builds = new Set(typed.images.map(({ source }) => source.split(' ')[0]));
  assert.ok(builds.size >= 100, `${builds.size} builds`);
  assert.deepEqual(references, [...new Set(references)].sort());
  assert.ok((await stat(file)).size < 200_000);
  assert.deepEqual(JSON.parse(format(typed)), typed);
});

/** What is wrong with a row, in words. */
function faults(row: OfficialImage): readonly string[] {
  const found: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) found.push(fault);
  };
  expect(/^[a-z0-9-]+:[\w.-]+$/.test(row.reference), 'reference');
  expect(Number.isSafeInteger(row.size) && row.size > 0, 'size');
  const { compressedSize, layerCount, layerSizes } = row;
  expect(compressedSize === undefined || (compressedSize > 0 && compressedSize < row.size), 'compressed size');
  expect(layerCount === undefined || (Number.isSafeInteger(layerCount) && layerCount > 0), 'layer count');
  expect(layerSizes === undefined || layerSizes.length === layerCount, 'layer sizes and their count');
  const total = (layerSizes ?? []).reduce((sum, size) => sum + size, 0);
  expect(layerSizes === undefined || Math.abs(total - row.size) <= row.size * 0.01, 'sum of the layer sizes');
  expect(
    row.packageManager === undefined ||
      ['apt', 'apk', 'dnf', 'microdnf', 'yum', 'tdnf', 'none'].includes(row.packageManager),
    'package manager',
  );
  expect(
    row.environment.every((entry) => /^\w+=/.test(entry)),
    'environment',
  );
  const names = row.environment.map((entry) => entry.slice(0, entry.indexOf('=')));
  expect(new Set(names).size === names.length, 'environment has a name twice');
  expect(row.workdir === undefined || row.workdir.startsWith('/'), 'workdir');
  expect(row.date === undefined || /^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(row.date), 'date');
  expect(
    // After `#`: the image ID by which the version of the page is found, when its commit is not known.
    row.source
      .split(' ')
      .every((place) => /^repos\/[\w-]+\/(local|remote)\/[\w.-]+\.md(@[0-9a-f]{40}|#[0-9a-f]{12})$/.test(place)),
    'source',
  );
  return found.map((fault) => `${row.reference}: ${fault}`);
}

test('every row has the form that its type promises', () => {
  assert.deepEqual(typed.images.flatMap(faults), []);
});

test('the images of the examples are found, also in their long names', () => {
  const images = indexOfficialImages(typed);
  assert.equal(images.find('node:20')?.size, 1_100_000_000);
  assert.equal(images.find('docker.io/library/node:20')?.packageManager, 'apt');
  assert.equal(images.find('nginx')?.source.kind, 'shipped');
  assert.equal(images.find('node:0.1'), undefined);
});

test('a row is read from the pages of one tag', async () => {
  const pages = new Map([
    ['repos/boat/local/1.2-slim.md', await readFile(new URL('local.md', fixtures), 'utf8')],
    ['repos/boat/remote/1.2-slim.md', await readFile(new URL('remote.md', fixtures), 'utf8')],
  ]);
  assert.deepEqual(
    makeRow('boat:1.2-slim', (path) => pages.get(path), 'abc'),
    {
      reference: 'boat:1.2-slim',
      size: 1_500_000_000,
      compressedSize: 30_000_001,
      layerCount: 2,
      os: 'Debian GNU/Linux 12 (bookworm)',
      packageManager: 'apt',
      environment: ['PATH=/usr/bin:/bin', 'BOAT_DEPS=hull \t\tmast'],
      user: 'sailor',
      workdir: '/deck',
      entrypoint: ['boat-entrypoint.sh'],
      command: ['boat', '-f', 'a b'],
      date: '2026-01-02T03:04:05Z',
      source: 'repos/boat/local/1.2-slim.md@abc repos/boat/remote/1.2-slim.md@abc',
    },
  );
  assert.equal(
    makeRow('boat:2', () => undefined, 'abc'),
    undefined,
  );
});
