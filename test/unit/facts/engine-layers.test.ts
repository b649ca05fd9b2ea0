import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageFactsOf, markLayers } from '../../../server/src/facts/engine-layers';

const entry = (createdBy: string, size = 0) => ({ createdBy, size });

test('commands tell which entries made layers', () => {
  const history = [
    entry('', 1000),
    entry('ENV A=1'),
    entry('RUN /bin/sh -c true # buildkit'),
    entry('WORKDIR /app'),
    entry('COPY . . # buildkit', 5),
    entry('EXPOSE [3000/tcp]'),
    entry('CMD ["node"]'),
  ];
  const made = markLayers(history, 4).filter((each) => !each.emptyLayer);
  assert.deepEqual(
    made.map(({ createdBy }) => createdBy),
    ['', 'RUN /bin/sh -c true # buildkit', 'WORKDIR /app', 'COPY . . # buildkit'],
  );
});

test('a WORKDIR that made no layer is told by the number of layers', () => {
  const history = [entry('ADD file in /', 1000), entry('WORKDIR /'), entry('RUN /bin/sh -c true')];
  assert.deepEqual(
    markLayers(history, 2).map(({ emptyLayer }) => emptyLayer),
    [false, true, false],
  );
});

test('entries of the classic builder', () => {
  const history = [
    entry('/bin/sh -c #(nop) ADD file:abc in / ', 1000),
    entry('/bin/sh -c #(nop)  CMD ["bash"]'),
    entry('/bin/sh -c #(nop) WORKDIR /app'),
    entry('/bin/sh -c npm ci', 10),
  ];
  assert.deepEqual(
    markLayers(history, 2).map(({ emptyLayer }) => emptyLayer),
    [false, true, true, false],
  );
});

test('an image known by its ID alone has as many layers as the engine says', () => {
  assert.deepEqual(markLayers([], 5), []);
  // More layers than entries: an import that squashed its history.
  assert.deepEqual(
    markLayers([entry('', 10)], 3).map(({ emptyLayer }) => emptyLayer),
    [false],
  );
});

test('an engine that counts blocks gives no sizes', () => {
  const image = {
    id: 'sha256:1',
    tags: ['a:1'],
    repositoryDigests: [],
    operatingSystem: 'linux',
    architecture: 'arm64',
    size: 4096,
    layerDigests: ['sha256:2'],
    environment: ['A=1'],
    workdir: '/w',
    user: 'me',
    onbuild: [],
    labels: {},
  };
  const blocks = imageFactsOf('a:1', image, [entry('RUN x', 4096)], { label: 'E', sizeUnit: 'blocks' });
  assert.equal(blocks.size, undefined);
  assert.equal(blocks.compressedSize, 4096);
  assert.deepEqual(blocks.layers, [{ createdBy: 'RUN x' }]);
  assert.equal(blocks.layerCount, 1);
  const content = imageFactsOf('a:1', image, [entry('RUN x', 4096)], { label: 'E', sizeUnit: 'content' });
  assert.equal(content.size, 4096);
  assert.deepEqual(content.layers, [{ createdBy: 'RUN x', size: 4096 }]);
  assert.deepEqual(content.configuration?.workdir, '/w');
});
