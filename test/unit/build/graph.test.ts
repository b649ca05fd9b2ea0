import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../../../server/src/build/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';

function graphOf(
  text: string,
  inputs: Partial<BuildInputs> = {},
  images: Readonly<Record<string, ImageConfiguration>> = {},
): BuildGraph {
  return buildGraph(
    parseDockerfile(text),
    { buildArguments: {}, platform: 'linux/amd64', ...inputs },
    (reference) => images[reference],
  );
}

function environmentAt(graph: BuildGraph, stage: number, step: number): Record<string, string> {
  const entries = graph.stages[stage]?.steps[step]?.state.environment ?? [];
  return Object.fromEntries(entries.filter(({ name }) => name !== 'PATH').map(({ name, value }) => [name, value]));
}

const configuration = (changes: Partial<ImageConfiguration> = {}): ImageConfiguration => ({
  environment: [],
  workdir: '',
  user: '',
  onbuild: [],
  ...changes,
});

describe('build graph: stages and target', () => {
  it('finds bases: image, stage, scratch', () => {
    const graph = graphOf('FROM node:20 AS a\nFROM a AS b\nFROM scratch\nCOPY --from=b /x /x\n');
    assert.deepEqual(
      graph.stages.map((stage) => stage.base),
      [{ kind: 'image', reference: 'node:20' }, { kind: 'stage', stage: 0 }, { kind: 'scratch' }],
    );
    assert.deepEqual(graph.stages[2]?.dependencies, [1]);
    assert.ok(graph.stages.every((stage) => stage.needed));
  });

  it('looks a base up as written among lower-cased names, a target by any case', () => {
    const text = 'FROM x AS Base\nFROM Base\n';
    assert.deepEqual(graphOf(text).stages[1]?.base, { kind: 'image', reference: 'Base' });
    assert.equal(graphOf(text, { target: 'bASE' }).target, 0);
  });

  it('does not need what the target does not read', () => {
    const graph = graphOf('FROM a AS one\nRUN x\nFROM b AS two\nRUN y\nFROM c\nCOPY --from=two /y /\n');
    assert.deepEqual(
      graph.stages.map((stage) => stage.needed),
      [false, true, true],
    );
    assert.deepEqual(graph.images, ['b', 'c']);
  });

  it('refuses a target by number and names the stages there are', () => {
    const graph = graphOf('FROM a AS one\nFROM b\n', { target: '1' });
    assert.equal(graph.target, undefined);
    assert.deepEqual(graph.problems[0]?.parameters, ['1', 'one']);
  });

  it('takes global arguments, defaults and build arguments into FROM', () => {
    const text = 'ARG V=20\nARG NAME=node:$V\nFROM ${NAME}\n';
    assert.deepEqual(graphOf(text).stages[0]?.base, { kind: 'image', reference: 'node:20' });
    assert.deepEqual(graphOf(text, { buildArguments: { V: '22' } }).stages[0]?.base, {
      kind: 'image',
      reference: 'node:22',
    });
    assert.equal(graphOf('FROM $NOTHING\n').problems[0]?.code, 'unresolved-base');
  });

  it('names cycles, later stages and missing numbers', () => {
    const codes = (text: string) => graphOf(text).problems.map((problem) => problem.code);
    assert.deepEqual(codes('FROM a AS x\nCOPY --from=x /a /b\n'), ['stage-not-before']);
    assert.deepEqual(codes('FROM a AS x\nRUN --mount=from=x,target=/m true\n'), ['stage-not-before']);
    assert.deepEqual(codes('FROM a\nCOPY --from=7 /a /b\n'), ['unknown-stage']);
    assert.deepEqual(codes('FROM a AS x\nCOPY --from=y /a /b\nFROM a AS y\n'), ['stage-not-before']);
  });
});

describe('build graph: environment', () => {
  it('lets the later of ARG and ENV win, and all words of one ENV see the values before it', () => {
    const text = 'FROM a\nENV P=env\nARG P=arg\nRUN x\nENV abc=hello\nENV abc=bye def=$abc\nRUN y\n';
    const graph = graphOf(text, { buildArguments: { P: 'cli' } });
    assert.deepEqual(environmentAt(graph, 0, 2), { P: 'cli' });
    assert.deepEqual(environmentAt(graph, 0, 5), { P: 'cli', abc: 'bye', def: 'hello' });
  });

  it('gives arguments to children, and ENV the last word over them there', () => {
    const graph = graphOf('FROM a AS p\nENV P=env\nARG P=arg Q=1\nFROM p\nRUN x\n');
    assert.deepEqual(environmentAt(graph, 1, 0), { Q: '1', P: 'env' });
  });

  it('declares automatic arguments only where asked for', () => {
    const graph = graphOf('FROM a\nRUN x\nARG TARGETARCH\nRUN y\n', { platform: 'linux/arm64' });
    assert.deepEqual(environmentAt(graph, 0, 0), {});
    assert.deepEqual(environmentAt(graph, 0, 2), { TARGETARCH: 'arm64' });
  });

  it('begins with the environment, user, workdir and shell of the base', () => {
    const base = configuration({
      environment: ['PATH=/p', 'A=1'],
      workdir: '/base',
      user: 'node',
      shell: ['/bin/bash', '-c'],
    });
    const graph = graphOf('FROM a\nWORKDIR sub\nRUN x\n', {}, { a: base });
    const step = graph.stages[0]?.steps[1];
    assert.equal(step?.state.workdir, '/base/sub');
    assert.equal(step.state.user, 'node');
    assert.deepEqual(step.operation.kind === 'execute' ? step.operation.arguments : [], ['/bin/bash', '-c', 'x']);
    assert.deepEqual(step.state.environment, [
      { name: 'PATH', value: '/p' },
      { name: 'A', value: '1' },
    ]);
  });
});

describe('build graph: steps', () => {
  it('counts layers above the base, those of a base stage included', () => {
    const graph = graphOf('FROM a AS p\nRUN x\nENV A=1\nWORKDIR /\nWORKDIR /w\nFROM p\nCOPY a b\nLABEL x=y\nRUN z\n');
    const layers = graph.stages.map((stage) => stage.steps.map((step) => step.layerAboveBase ?? step.produces));
    assert.deepEqual(layers, [
      [1, 'metadata', 'metadata', 2],
      [3, 'metadata', 4],
    ]);
  });

  it('runs ONBUILD of the base image and of a base stage right after FROM, and not for grandchildren', () => {
    const graph = graphOf(
      'FROM a AS p\nONBUILD RUN trigger\nFROM p AS q\nRUN own\nFROM q\nRUN last\n',
      {},
      { a: configuration({ onbuild: ['COPY . /src'] }) },
    );
    const texts = graph.stages.map((stage) => stage.steps.map((step) => `${step.origin.kind} ${step.display}`));
    assert.deepEqual(texts, [
      ['onbuild COPY . /src', 'own ONBUILD RUN trigger'],
      ['onbuild RUN trigger', 'own RUN own'],
      ['own RUN last'],
    ]);
  });

  it('writes history as BuildKit does', () => {
    const text = [
      'FROM a',
      'ARG A=1 B',
      'RUN  cmd',
      'COPY --chown=1:2 --link a $A/ /t/',
      'WORKDIR /x/../w/',
      'EXPOSE 80 81/UDP',
      'VOLUME /v /w',
      'CMD ["a", "b\\"c"]',
      'ENTRYPOINT run it',
      'USER me',
    ].join('\n');
    assert.deepEqual(
      graphOf(text).stages[0]?.steps.map((step) => step.createdBy),
      [
        'ARG A=1 B',
        'RUN |2 A=1 B= /bin/sh -c cmd # buildkit',
        'COPY --chown=1:2 a 1/ /t/ # buildkit',
        'WORKDIR /x/../w/',
        'EXPOSE [80/tcp 81/udp]',
        'VOLUME [/v /w]',
        'CMD ["a" "b\\"c"]',
        'ENTRYPOINT ["/bin/sh" "-c" "run it"]',
        'USER me',
      ],
    );
  });

  it('resolves destinations, sources and flags of COPY', () => {
    const graph = graphOf(
      'FROM a\nWORKDIR /app\nCOPY --chmod=755 --exclude=*.md --exclude=t ./src/../lib/*.js /abs f ./\n',
    );
    const operation = graph.stages[0]?.steps[1]?.operation;
    assert.ok(operation?.kind === 'copy');
    assert.equal(operation.destination, '/app/');
    assert.deepEqual(operation.exclude, ['*.md', 't']);
    assert.equal(operation.mode, '755');
    assert.deepEqual(
      operation.sources.map((source) => (source.kind === 'path' ? [source.path, source.wildcard] : [])),
      [
        ['lib/*.js', true],
        ['abs', false],
        ['f', false],
      ],
    );
  });

  it('tells remote files and repositories from paths in ADD', () => {
    const graph = graphOf('FROM a\nADD https://h/f.tgz https://h/r.git#v1 git@h:o/r.git local.tar /t/\n');
    const operation = graph.stages[0]?.steps[0]?.operation;
    assert.ok(operation?.kind === 'copy');
    assert.deepEqual(
      operation.sources.map((source) => source.kind),
      ['url', 'git', 'git', 'path'],
    );
    assert.equal(operation.unpack, true);
  });
});
