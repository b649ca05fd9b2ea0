/** Images that only a refactoring would build on are looked up, so that its title can tell what it saves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageKnowledge } from '../../../server/src/images/types';
import { titleWithEffect } from '../../../server/src/refactor/title';
import { analyse } from '../../../server/src/report/analyse';
import { factsOf, inputsOf } from './scenario';

const node = {
  text: 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD ["node", "dist/index.js"]\n',
  files: {
    'package.json':
      '{"name":"app","version":"1.0.0","scripts":{"build":"tsc"},"devDependencies":{"typescript":"5.4.5"}}',
    'package-lock.json': '{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{}}',
    'index.ts': '',
  },
};

function known(size: number, layerCount: number): ImageKnowledge {
  const configuration = { environment: [], workdir: '/', user: '', onbuild: [] };
  const source = { kind: 'engine', label: 'the engine' } as const;
  return { kind: 'known', facts: { reference: 'node:20', size, layerCount, layers: [], configuration, source } };
}

function analysed(
  scene: { readonly text: string; readonly files: Readonly<Record<string, string>> },
  slim: ImageKnowledge,
) {
  const files: Readonly<Record<string, string>> = scene.files;
  const images: Readonly<Record<string, ImageKnowledge>> = { 'node:20': known(1_100_000_000, 8), 'node:20-slim': slim };
  const { needs, report } = analyse(scene.text, inputsOf(scene), {
    ...factsOf(scene),
    file: (path) => files[path],
    // The names of stages would be asked for, if they were taken for images.
    image: (reference) => images[reference] ?? { kind: 'pending' },
  });
  return { asked: needs.flatMap((need) => (need.kind === 'image' ? [need.reference] : [])), report };
}

const rules = ['slim-base', 'split-node'] as const;
const scenes = {
  'slim-base': { text: 'FROM node:20\nCOPY . /app\nCMD ["node", "/app/index.js"]\n', files: { 'index.js': '' } },
  'split-node': node,
};

for (const rule of rules) {
  test(`${rule}: the other base is asked for while nobody knows it, and layers are not promised`, () => {
    const { report, asked } = analysed(scenes[rule], { kind: 'pending' });
    assert.deepEqual([...new Set(asked)], ['node:20-slim']);
    const offer = report.refactorings.find(({ id }) => id.startsWith(`${rule}:`));
    assert.equal(offer?.effect.layers, null);
    assert.doesNotMatch(titleWithEffect(offer), /layer/);
  });

  test(`${rule}: the other base is no longer asked for once it is known`, () => {
    const { report, asked } = analysed(scenes[rule], known(200_000_000, 5));
    assert.deepEqual(asked, []);
    const offer = report.refactorings.find(({ id }) => id.startsWith(`${rule}:`));
    assert.ok(offer?.effect.bytes && offer.effect.bytes.high < 0);
    assert.equal(typeof offer.effect.layers, 'number');
  });
}
