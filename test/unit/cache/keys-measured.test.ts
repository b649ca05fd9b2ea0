/**
 * Pairs of builds that a real engine did (Docker 28.5, default driver; rows with `containerd` also with the containerd image store): the
 * keys of the last step are equal exactly where the engine took it from its cache. Rows with `doubt` are those where only a build can tell.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import type { ImageConfiguration } from '../../../server/src/build/types';
import { graphKeys } from '../../../server/src/cache/keys';
import { keyOptions } from '../../../server/src/cache/normalise';
import type { StepKeys } from '../../../server/src/cache/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { contextOf, type Files } from '../report/scenario';

interface MeasuredScene {
  readonly text: string;
  /** Over the files that all pairs share. */
  readonly changes?: Files;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly options?: Readonly<Record<string, string>>;
}

interface MeasuredPair {
  readonly subject: string;
  readonly name: string;
  readonly before: MeasuredScene;
  readonly after: MeasuredScene;
  readonly engine: 'cached' | 'ran';
  /** Where the containerd image store does otherwise. */
  readonly containerd?: 'cached' | 'ran';
  readonly doubt?: true;
  /** The engine finds a result that our keys do not: no record tells what a stage put out. */
  readonly limit?: true;
}

interface Measured {
  readonly files: Files;
  /** `layers`: images with the same layers have the same mark. */
  readonly images: Readonly<Record<string, ImageConfiguration & { readonly layers: string }>>;
  readonly pairs: readonly MeasuredPair[];
}

const fixture = new URL('../../fixtures/cache-keys/measured.json', import.meta.url);
const measured = JSON.parse(fs.readFileSync(fixture, 'utf8')) as Measured;

function lastKeys(scene: MeasuredScene): StepKeys {
  const buildArguments = scene.buildArguments ?? {};
  const graph = buildGraph(
    parseDockerfile(scene.text),
    { buildArguments, platform: 'linux/amd64', ...(scene.target === undefined ? {} : { target: scene.target }) },
    (reference) => measured.images[reference],
  );
  const keys = graphKeys(graph, {
    context: contextOf({ ...measured.files, ...scene.changes }),
    scheme: 'sha256',
    image: (reference) => ({ layers: measured.images[reference]?.layers ?? reference }),
    epoch: buildArguments.SOURCE_DATE_EPOCH,
    options: keyOptions(scene.options ?? {}, buildArguments),
  });
  const stage = graph.stages[graph.target ?? -1];
  const step = stage?.steps.findLast((each) => each.produces === 'layer');
  const found = stage === undefined || step === undefined ? undefined : keys.of(stage.index, step.index);
  assert.ok(found !== undefined, 'the last step has keys');
  return found;
}

function verdict({ before, after }: MeasuredPair): 'cached' | 'may rebuild' | 'rebuilds' {
  const [first, second] = [lastKeys(before), lastKeys(after)];
  if (first.key !== null && first.key === second.key) return 'cached';
  return first.openKey !== null && first.openKey === second.openKey ? 'may rebuild' : 'rebuilds';
}

function expected({ engine, containerd, doubt, limit }: MeasuredPair): 'cached' | 'may rebuild' | 'rebuilds' {
  if (doubt === true || containerd !== undefined) return 'may rebuild';
  return engine === 'cached' && limit !== true ? 'cached' : 'rebuilds';
}

for (const subject of new Set(measured.pairs.map((pair) => pair.subject))) {
  describe(`measured cache keys: ${subject}`, () => {
    for (const pair of measured.pairs) {
      if (pair.subject !== subject) continue;
      it(`${pair.name}: ${expected(pair)}`, () => assert.equal(verdict(pair), expected(pair)));
    }
  });
}
