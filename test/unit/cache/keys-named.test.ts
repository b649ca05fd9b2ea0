/** What the client puts in place of a stage or an image (`--build-context`): nobody has looked at it, so nothing above it is certain. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import { graphKeys } from '../../../server/src/cache/keys';
import { namedContext } from '../../../server/src/cache/normalise';
import type { StepKeys } from '../../../server/src/cache/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { contextOf } from '../report/scenario';

function lastKeys(text: string, options: Readonly<Record<string, string>>): StepKeys | undefined {
  const graph = buildGraph(parseDockerfile(text), { buildArguments: {}, platform: 'linux/amd64' }, () => undefined);
  const keys = graphKeys(graph, {
    context: contextOf({}),
    scheme: 'sha256',
    image: (reference) => ({ layers: reference }),
    epoch: undefined,
    options,
  });
  return keys.of(graph.stages.length - 1, 0);
}

describe('named contexts', () => {
  it('are found by the familiar name', () => {
    const options = { 'context:debian': 'local:a', 'context:build': 'local:b' };
    assert.equal(namedContext(options, 'docker.io/library/debian:latest'), 'local:a');
    assert.equal(namedContext(options, 'debian'), 'local:a');
    assert.equal(namedContext(options, 'Build'), 'local:b');
    assert.equal(namedContext(options, 'debian:12'), undefined);
  });

  const stages = 'FROM bb:1 AS s\nRUN a\nFROM bb:1\nCOPY --from=s /o /o\n';
  for (const [name, text, options] of [
    ['in place of a base', 'FROM bb:1\nRUN a\n', { 'context:bb:1': 'docker-image://other' }],
    ['in place of a stage', stages, { 'context:s': 'local:x' }],
    ['in place of an image that is copied from', 'FROM bb:1\nCOPY --from=o:1 /o /o\n', { 'context:o:1': 'local:x' }],
  ] as const) {
    it(`${name}: the key is not known, and the step may rebuild`, () => {
      const keys = lastKeys(text, options);
      assert.equal(keys?.key, null);
      assert.equal(keys?.gap?.kind, 'remote');
      assert.equal(keys?.openKey, lastKeys(text, options)?.openKey);
    });
  }
});
