import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexOfficialImages } from '../../../server/src/images/official';
import type { OfficialImageTable } from '../../../server/src/images/types';

const table: OfficialImageTable = {
  source: 'docker-library/repo-info',
  commit: 'c0ffee',
  platform: 'linux/amd64',
  images: [
    {
      reference: 'node:20',
      size: 1_100_000_000,
      compressedSize: 400_000_000,
      layerCount: 2,
      layerSizes: [900_000_000, 200_000_000],
      os: 'Debian GNU/Linux 12 (bookworm)',
      packageManager: 'apt',
      environment: ['PATH=/usr/bin'],
      command: ['node'],
      date: '2026-01-02T03:04:05Z',
      source: 'repos/node/local/20.md',
    },
    { reference: 'node:latest', size: 1, layerCount: 1, environment: [], source: 'repos/node/local/latest.md' },
  ],
};

test('a reference finds the row of its tag, however it is written', () => {
  const images = indexOfficialImages(table);
  for (const reference of ['node:20', 'library/node:20', 'docker.io/library/node:20', 'index.docker.io/node:20']) {
    assert.equal(images.find(reference)?.size, 1_100_000_000, reference);
  }
  assert.equal(images.find('node')?.size, 1);
});

test('a digest, another registry, an unknown tag and a malformed name find nothing', () => {
  const images = indexOfficialImages(table);
  const digest = `sha256:${'a'.repeat(64)}`;
  for (const reference of [
    `node@${digest}`,
    `node:20@${digest}`,
    'mirror.example.com/library/node:20',
    'node:21',
    'me/node:20',
    'No de',
  ]) {
    assert.equal(images.find(reference), undefined, reference);
  }
});

test('a row becomes image facts with its source and date', () => {
  assert.deepEqual(indexOfficialImages(table).find('node:20'), {
    reference: 'node:20',
    size: 1_100_000_000,
    compressedSize: 400_000_000,
    layerCount: 2,
    layers: [
      { size: 900_000_000, createdBy: '' },
      { size: 200_000_000, createdBy: '' },
    ],
    configuration: { environment: ['PATH=/usr/bin'], workdir: '', user: '', onbuild: [], command: ['node'] },
    os: 'Debian GNU/Linux 12 (bookworm)',
    packageManager: 'apt',
    architecture: 'amd64',
    date: '2026-01-02T03:04:05Z',
    source: { kind: 'shipped', label: 'node:20, 2026-01-02' },
  });
});
