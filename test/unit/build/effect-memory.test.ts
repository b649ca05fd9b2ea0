import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildGraph } from '../../../server/src/build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../../../server/src/build/types';
import { forgetInstructions } from '../../../server/src/dockerfile/instruction-memory';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { readDockerfiles } from '../../corpus/sources';
import { applyEdit, randomEdit } from '../../fuzz/mutate';
import { seeded } from '../../fuzz/random';

const known: ImageConfiguration = {
  environment: ['PATH=/known', 'HOME=/root'],
  workdir: '/srv',
  user: 'nobody',
  shell: ['/bin/bash', '-c'],
  onbuild: ['COPY . $HOME', 'RUN echo $VERSION'],
};

const images: readonly ((reference: string) => ImageConfiguration | undefined)[] = [
  () => undefined,
  () => known,
  (reference) => (reference.length % 2 === 0 ? known : undefined),
];

const inputs: readonly BuildInputs[] = [
  { buildArguments: {}, platform: 'linux/amd64' },
  { buildArguments: { VERSION: '2', NODE_VERSION: '3' }, platform: 'linux/arm64' },
  { buildArguments: {}, platform: 'windows/amd64', target: 'build' },
];

let texts: readonly string[] = [];

before(async () => {
  const corpus = fileURLToPath(new URL('../../fixtures/corpus', import.meta.url));
  texts = (await readDockerfiles(corpus)).map(({ text }) => text).filter((text) => text.length < 20_000);
});

type Question = readonly [text: string, inputs: BuildInputs, image: (typeof images)[number]];

const graphOf = ([text, given, image]: Question): BuildGraph => buildGraph(parseDockerfile(text), given, image);

describe('effects as they were worked out before', () => {
  it('are what working them out again would give, after whatever is typed and whatever becomes known', () => {
    const random = seeded(20_261_202);
    for (let file = 0; file < 50; file++) {
      let text = texts[random.below(texts.length)] ?? '';
      const questions: Question[] = [];
      for (let edit = 0; edit < 14; edit++) {
        const [given, image] = [inputs[random.below(inputs.length)], images[random.below(images.length)]];
        if (given !== undefined && image !== undefined) questions.push([text, given, image]);
        if (random.chance(0.7)) text = applyEdit(text, randomEdit(text, random, texts));
      }
      const sequence = [...questions, ...questions.toReversed()];
      const remembered = sequence.map((question) => graphOf(question));
      for (const [index, question] of sequence.entries()) {
        forgetInstructions();
        assert.deepEqual(remembered[index], graphOf(question));
      }
    }
  });

  it('are the very same for what stands behind a changed command, and not behind a changed variable', () => {
    const text = (command: string, value: string) =>
      `FROM a\nENV X=${value}\nRUN ${command}\nRUN two $X\nWORKDIR /$X\n`;
    const statesOf = (graph: BuildGraph) => graph.stages[0]?.steps.map(({ state }) => state) ?? [];
    const ask = (command: string, value: string) =>
      graphOf([text(command, value), { buildArguments: {}, platform: 'linux/amd64' }, () => undefined]);
    const first = statesOf(ask('one', '1'));
    assert.deepEqual(
      statesOf(ask('one more', '1')).map((state, index) => state === first[index]),
      [true, true, true, true],
    );
    assert.deepEqual(
      statesOf(ask('one', '2')).map((state, index) => state === first[index]),
      [true, false, false, false],
    );
  });

  it('are not shared between what ONBUILD of a base adds and an instruction of the file that is written the same', () => {
    const base: ImageConfiguration = { environment: [], workdir: '', user: '', onbuild: ['RUN x', 'RUN x'] };
    const question: Question = ['FROM a\nRUN x\nRUN y\n', { buildArguments: {}, platform: 'linux/amd64' }, () => base];
    graphOf(question);
    const steps = graphOf(question).stages[0]?.steps ?? [];
    assert.deepEqual(
      steps.map(({ origin }) => origin.kind),
      ['onbuild', 'onbuild', 'own', 'own'],
    );
    assert.equal(new Set(steps.map(({ instruction }) => instruction)).size, 4);
  });

  it('of what reads another stage follow the stages', () => {
    const text = (name: string) =>
      `FROM a AS one\nFROM b AS ${name}\nFROM c\nCOPY --from=two /x /y\nRUN --mount=from=two true\n`;
    for (const name of ['two', 'too', 'two']) {
      const question: Question = [text(name), { buildArguments: {}, platform: 'linux/amd64' }, () => undefined];
      const remembered = graphOf(question);
      forgetInstructions();
      assert.deepEqual(remembered, graphOf(question));
    }
  });
});
