import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerTree, nodeAt } from '../../../client/src/layer-tree-model';
import { t } from '../../../server/src/localize';
import { withRebuildCosts } from '../../../server/src/report/rebuild-cost';
import { exact, sampleReport, sampleStage, step } from '../features/sample-report';

const nodes = layerTree(sampleReport, t);

test('a stage is a stack: container, configuration, layers from the top, base at the bottom', () => {
  assert.deepEqual(
    nodes.map(({ label, description }) => [label, description]),
    [['app', '1.15 GB · 12 layers']],
  );
  assert.deepEqual(
    nodes[0]?.children.map(({ kind, label, description }) => [kind, label, description]),
    [
      ['container', 'Container', 'writable layer'],
      ['configuration', 'Configuration', 'EXPOSE, CMD'],
      ['layer', '12  RUN npm run build &&…', 'size? · cached'],
      ['layer', '11  RUN npm install', 'size? · rebuilds'],
      ['layer', '10  COPY . .', '45.2 MB · rebuilds'],
      ['layer', '9  WORKDIR /app', '0 B · cached'],
      ['base', 'node:20', 'base · 8 layers · 1.1 GB'],
    ],
  );
});

test('a layer holds its largest paths', () => {
  const copy = nodeAt(nodes, 3);
  assert.deepEqual(
    copy?.children.slice(1).map(({ label, description }) => [label, description]),
    [
      ['app/public', '40 MB'],
      ['app/app.js', '5.2 MB'],
    ],
  );
});

test('paths lie below the nearest listed folder', () => {
  const contents = [
    { path: 'app', size: 90, type: 'directory' },
    { path: 'app/node_modules/big', size: 60, type: 'directory' },
    { path: 'app/node_modules/big/index.js', size: 50, type: 'file' },
    { path: 'application.txt', size: 10, type: 'file' },
  ] as const;
  const stage = { ...sampleStage, steps: [step(2, 'COPY', { size: exact(100), contents })] };
  const [app, text] = nodeAt(layerTree({ ...sampleReport, stages: [stage] }, t), 2)?.children ?? [];
  assert.equal(app?.children[0]?.label, 'node_modules/big');
  assert.equal(app?.children[0]?.children[0]?.description, '50 B');
  assert.equal(text?.label, 'application.txt');
});

test('a label leaves out the flags that say how', () => {
  const text = 'RUN --mount=type=cache,target=/root/.npm npm ci --link';
  const stage = { ...sampleStage, steps: [step(2, 'RUN', { layer: 9, text })] };
  assert.equal(nodeAt(layerTree({ ...sampleReport, stages: [stage] }, t), 2)?.label, '9  RUN npm ci --link');
});

test('every line of an instruction leads to its node', () => {
  assert.equal(nodeAt(nodes, 6)?.label, '12  RUN npm run build &&…');
  assert.equal(nodeAt(nodes, 7)?.label, 'EXPOSE 3000');
  assert.equal(nodeAt(nodes, 1)?.kind, 'base');
  assert.equal(nodeAt(nodes, 99), undefined);
});

test('ids stay the same while sizes and statuses change', () => {
  const changed = layerTree(
    {
      ...sampleReport,
      stages: [
        {
          ...sampleStage,
          steps: sampleStage.steps.map((each) => step(each.line + 3, each.instruction, { produces: each.produces })),
        },
      ],
    },
    t,
  );
  assert.deepEqual(
    changed[0]?.children.map(({ id }) => id),
    nodes[0]?.children.map(({ id }) => id),
  );
});

test('ids are unique, also when a layer lists a path twice', () => {
  const path = { path: 'a', size: 1, type: 'file' } as const;
  const stage = {
    ...sampleStage,
    steps: [step(2, 'COPY', { contents: [path, { ...path, path: 'b' }] }), step(3, 'COPY', { contents: [path] })],
  };
  const ids: string[] = [];
  const collect = (each: typeof nodes): void => {
    for (const node of each) {
      ids.push(node.id);
      collect(node.children);
    }
  };
  collect(layerTree({ ...sampleReport, stages: [stage, { ...stage, index: 1 }] }, t));
  assert.equal(new Set(ids).size, ids.length);
});

test('a stage that is not built can be made the target', () => {
  const [stage] = layerTree({ ...sampleReport, stages: [{ ...sampleStage, built: false, target: false }] }, t);
  assert.equal(stage?.targetName, 'app');
  assert.equal(stage?.initiallyOpen, false);
  assert.equal(stage?.icon.name, 'circle-slash');
  assert.equal(stage?.children[0]?.kind, 'configuration');
});

test('a layer that runs again tells its cause first, with the changed files to open', () => {
  const cause = {
    line: 3,
    paths: ['src/app.js', 'lib', 'gone.js'],
    pathCount: 14,
    deleted: ['gone.js'],
    directories: ['lib'],
  };
  const cache = { status: 'rebuilds', reason: '`src/app.js` changed.', cause } as const;
  const steps = sampleStage.steps.map((each) =>
    each.line === 3 ? { ...each, cache, duration: 2 } : each.line === 4 ? { ...each, duration: 40 } : each,
  );
  const { stages, rebuild } = withRebuildCosts([{ ...sampleStage, steps }]);
  const forecast = { commits: 50, since: '2025-10-01T00:00:00Z', secondsPerCommit: 12.4, unmeasured: 0 };
  const tree = layerTree({ ...sampleReport, stages, forecast, ...(rebuild === undefined ? {} : { rebuild }) }, t);
  const copy = nodeAt(tree, 3);
  assert.equal(copy?.kind, 'layer');
  assert.equal(copy.description, '45.2 MB · rebuilds ~42 s');
  const [first] = copy.children;
  assert.deepEqual([first?.kind, first?.label, first?.leadsTo], ['cause', 'src/app.js changed', 3]);
  assert.deepEqual(
    first?.children.map(({ label, description, opens }) => [label, description, opens]),
    [
      ['src/app.js', '', 'src/app.js'],
      ['lib/', '', undefined],
      ['gone.js', 'deleted', undefined],
      ['and 11 more', '', undefined],
    ],
  );
  const [above] = nodeAt(tree, 4)?.children ?? [];
  assert.deepEqual([above?.label, above?.leadsTo, above?.children], ['Line 3 reruns', 3, []]);
  assert.match(tree[0]?.tooltip ?? '', /Next build: 2 of 4 steps run again, about 42 s when last measured/);
  assert.match(tree[0]?.tooltip ?? '', /A commit rebuilds about 12 s/);
});
