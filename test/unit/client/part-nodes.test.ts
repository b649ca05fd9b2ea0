import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeNode } from '../../../client/src/layer-tree-model';
import { contextNode, partNodes } from '../../../client/src/part-nodes';
import { t } from '../../../server/src/localize';
import type { ContextWeight, PackageSize } from '../../../server/src/report/types';
import { exact, sampleReport, step } from '../features/sample-report';

const weight: ContextWeight = {
  whole: { bytes: 9_000, files: 30 },
  sent: { bytes: 2_000, files: 3, largest: [{ path: 'src', size: 1_500, type: 'directory' }] },
  unused: { bytes: 0, files: 0, largest: [] },
  needless: [{ path: '.git', bytes: 700, files: 2, folder: true, kind: 'history', line: 3, inImage: true }],
  secrets: [{ path: 'deploy/id_rsa', kind: 'private key', line: 3, inImage: true }],
};
const report = { ...sampleReport, contextWeight: weight };

function outline(nodes: readonly TreeNode[]): unknown[] {
  return nodes.map(({ label, description, children }) => [
    label,
    description,
    ...(children.length === 0 ? [] : [outline(children)]),
  ]);
}

test('packages come first, with how many more there are', () => {
  const package_ = (name: string, bytes: number): PackageSize => ({
    name,
    version: '1',
    manager: 'apt',
    bytes,
    low: bytes,
    high: bytes,
    basis: 'computed',
  });
  const run = step(9, 'RUN', {
    size: exact(1_000),
    packages: [package_('git', 600), package_('perl', 300)],
    packageCount: 5,
    contents: [{ path: '/var/lib/dpkg/status', size: 100, type: 'file', label: 'package database: apt' }],
  });
  assert.deepEqual(outline(partNodes('x', report, run, t)), [
    [
      'Packages',
      '5',
      [
        ['git', '600 B · 1'],
        ['perl', '300 B · 1'],
        ['and 3 more', ''],
      ],
    ],
    ['/var/lib/dpkg/status', '100 B · package database'],
  ]);
});

test('what is wasted leads to the line that hides it', () => {
  const run = step(9, 'RUN', {
    size: exact(1_000),
    wasted: exact(500),
    wastedBy: [{ path: '/lists', bytes: 500, low: 500, high: 500, line: 9, hiddenBy: 11, how: 'deleted' }],
  });
  const [wasted] = partNodes('x', report, run, t);
  assert.equal(wasted?.description, '500 B');
  assert.equal(wasted.children[0]?.description, '500 B · deleted in line 11');
  assert.equal(wasted.children[0]?.leadsTo, 11);
});

test('a COPY shows what is usually kept secret and what is hardly needed', () => {
  const copy = step(3, 'COPY', { size: exact(1_000) });
  assert.deepEqual(outline(partNodes('x', report, copy, t)), [
    ['Usually kept secret', '1', [['deploy/id_rsa', 'private key']]],
    ['Hardly needed', '700 B', [['.git', '700 B · version control']]],
  ]);
});

test('the build context shows what is sent, and says what is not', () => {
  const [context] = contextNode(report, t);
  assert.equal(context?.description, '2 kB · 3 files');
  assert.match(context.tooltip, /7 kB more is not ignored, but no line asks for it/);
  assert.deepEqual(contextNode(sampleReport, t), []);
});
