/**
 * How sensitive cache keys are, held against what a real engine did: each row is a pair of builds that was measured (docs/cache-model.md);
 * more pairs in keys-measured.test.ts.
 * The verdict is on the last step that makes a layer.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageKnowledge } from '../../../server/src/images/types';
import type { Files, Scene } from '../report/scenario';
import { layerSteps, reportAfter } from '../report/scenario';

type Verdict = 'cached' | 'rebuilds' | 'may rebuild';
type Row = readonly [name: string, before: string | Scene, after: string | Scene, verdict: Verdict];

const base = 'FROM bb:1\n';
const run = (body: string): string => `${base}${body}\n`;
const files: Files = {
  a: 'A',
  b: 'B',
  'd/a': 'A',
  'd/s/c': 'C',
  'e/a': 'A',
  'x/d/a': 'A',
  'x/d/s/c': 'C',
  'd/e': 'other',
};
const copy = (line: string, changed: Files = {}, dropped: readonly string[] = []): Scene => ({
  text: run(line),
  files: Object.fromEntries(Object.entries({ ...files, ...changed }).filter(([path]) => !dropped.includes(path))),
});
const withArguments = (text: string, buildArguments: Record<string, string>): Scene => ({
  text: run(text),
  buildArguments,
});

const runRows: readonly Row[] = [
  ['comment added inside a continuation', run('RUN a && \\\n  b'), run('RUN a && \\\n# c\n  b'), 'cached'],
  ['indented comment inside a continuation', run('RUN a && \\\n  b'), run('RUN a && \\\n   # c\n  b'), 'cached'],
  ['empty line in a continuation', run('RUN a && \\\n  b'), run('RUN a && \\\n\n  b'), 'cached'],
  ['continuation and single line', run('RUN a && \\\n  b'), run('RUN a &&   b'), 'cached'],
  ['indentation of a continuation line', run('RUN a && \\\n  b'), run('RUN a && \\\n    b'), 'rebuilds'],
  ['trailing blanks', run('RUN a'), run('RUN a  '), 'cached'],
  ['blanks after the escape', run('RUN a && \\\n  b'), run('RUN a && \\ \n  b'), 'cached'],
  ['blanks after RUN', run('RUN a'), run('RUN    a'), 'cached'],
  ['indented, lower case', run('RUN a'), run('  run a'), 'cached'],
  ['inner blanks', run('RUN a b'), run('RUN a  b'), 'rebuilds'],
  ['CRLF', run('RUN a && \\\n  b'), run('RUN a && \\\n  b').replaceAll('\n', '\r\n'), 'cached'],
  ['shell comment', run('RUN a'), run('RUN a # c'), 'rebuilds'],
  ['other escape character', run('RUN a && \\\n  b'), `# escape=\`\n${run('RUN a && `\n  b')}`, 'cached'],
  ['exec form of the same', run('RUN echo 1'), run('RUN ["/bin/sh", "-c", "echo 1"]'), 'cached'],
  ['JSON blanks', run('RUN ["echo","1"]'), run('RUN [ "echo", "1" ]'), 'cached'],
  ['SHELL changed, shell form', run('RUN a'), run('SHELL ["/bin/ash","-c"]\nRUN a'), 'rebuilds'],
  ['SHELL changed, exec form', run('RUN ["a"]'), run('SHELL ["/bin/ash","-c"]\nRUN ["a"]'), 'cached'],
  ['heredoc of the same text', run('RUN a'), run('RUN <<EOF\na\nEOF'), 'rebuilds'],
  ['simple heredoc, delimiter renamed', run('RUN <<EOF\na\nEOF'), run('RUN <<XX\na\nXX'), 'cached'],
  ['simple heredoc, delimiter quoted', run('RUN <<EOF\na\nEOF'), run('RUN <<"EOF"\na\nEOF'), 'cached'],
  ['simple heredoc, tabs stripped', run('RUN <<EOF\na\nEOF'), run('RUN <<-EOF\n\ta\n\tEOF'), 'cached'],
  ['heredoc body comment', run('RUN <<EOF\na\nEOF'), run('RUN <<EOF\n# c\na\nEOF'), 'rebuilds'],
  ['compound heredoc, delimiter renamed', run('RUN cat <<EOF\na\nEOF'), run('RUN cat <<XX\na\nXX'), 'rebuilds'],
  ['shebang heredoc, body', run('RUN <<EOF\n#!/bin/sh\na\nEOF'), run('RUN <<EOF\n#!/bin/sh\nb\nEOF'), 'rebuilds'],
  ['shebang heredoc, delimiter', run('RUN <<EOF\n#!/bin/sh\na\nEOF'), run('RUN <<XX\n#!/bin/sh\na\nXX'), 'rebuilds'],
  ['$X to ${X}', run('RUN echo $X'), run('RUN echo ${X}'), 'rebuilds'],
  ['ENV value', run('ENV A=1\nRUN a'), run('ENV A=2\nRUN a'), 'rebuilds'],
  ['ENV order', run('ENV A=1\nENV B=1\nRUN a'), run('ENV B=1\nENV A=1\nRUN a'), 'rebuilds'],
  ['ENV lines joined', run('ENV A=1\nENV B=2\nRUN a'), run('ENV A=1 B=2\nRUN a'), 'cached'],
  ['ENV set twice', run('ENV A=1\nRUN a'), run('ENV A=0\nENV A=1\nRUN a'), 'cached'],
  ['ARG to ENV', run('ARG X=1\nRUN a'), run('ENV X=1\nRUN a'), 'cached'],
  ['unused ARG default', run('ARG X=1\nRUN a'), run('ARG X=2\nRUN a'), 'rebuilds'],
  [
    'unused build argument',
    withArguments('ARG X\nRUN a', { X: '1' }),
    withArguments('ARG X\nRUN a', { X: '2' }),
    'rebuilds',
  ],
  ['ARG without value added', run('RUN a'), run('ARG X\nRUN a'), 'cached'],
  [
    'build argument fixed by ENV',
    withArguments('ARG X\nENV X=5\nRUN a', { X: '1' }),
    withArguments('ARG X\nENV X=5\nRUN a', { X: '2' }),
    'cached',
  ],
  ['ARG after the RUN', run('RUN a\nARG X=1'), run('RUN a\nARG X=2'), 'cached'],
  ['undeclared build argument', withArguments('RUN a', { X: '1' }), withArguments('RUN a', { X: '2' }), 'cached'],
  ['global ARG not declared again', `ARG X=1\n${run('RUN a')}`, `ARG X=2\n${run('RUN a')}`, 'cached'],
  ['global ARG declared again', `ARG X=1\n${run('ARG X\nRUN a')}`, `ARG X=2\n${run('ARG X\nRUN a')}`, 'rebuilds'],
  [
    'proxy argument',
    withArguments('RUN a', { HTTP_PROXY: 'x' }),
    withArguments('RUN a', { HTTP_PROXY: 'y' }),
    'cached',
  ],
  [
    'declared proxy argument',
    withArguments('ARG HTTP_PROXY\nRUN a', { HTTP_PROXY: 'x' }),
    withArguments('ARG HTTP_PROXY\nRUN a', { HTTP_PROXY: 'y' }),
    'rebuilds',
  ],
  ['automatic argument declared', run('RUN a'), run('ARG TARGETARCH\nRUN a'), 'rebuilds'],
  ['USER by number', run('USER 1000\nRUN a'), run('USER 1001\nRUN a'), 'rebuilds'],
  ['USER 0 and root', run('USER 0\nRUN a'), run('USER root\nRUN a'), 'rebuilds'],
  ['WORKDIR with slash', run('WORKDIR /w\nRUN a'), run('WORKDIR /w/\nRUN a'), 'rebuilds'],
  ['WORKDIR / added', run('RUN a'), run('WORKDIR /\nRUN a'), 'cached'],
  ['--network=default', run('RUN a'), run('RUN --network=default a'), 'cached'],
  // The client may have given that network to all RUN, which a record does not tell.
  ['--network=none', run('RUN a'), run('RUN --network=none a'), 'may rebuild'],
  ['cache mount added', run('RUN a'), run('RUN --mount=type=cache,target=/c a'), 'rebuilds'],
  [
    'cache id, default to named',
    run('RUN --mount=type=cache,target=/c a'),
    run('RUN --mount=type=cache,target=/c,id=f a'),
    'rebuilds',
  ],
  [
    'cache id, named to named',
    run('RUN --mount=type=cache,target=/c,id=f a'),
    run('RUN --mount=type=cache,target=/c,id=g a'),
    'cached',
  ],
  [
    'cache sharing, default to locked',
    run('RUN --mount=type=cache,target=/c a'),
    run('RUN --mount=type=cache,target=/c,sharing=locked a'),
    'rebuilds',
  ],
  [
    'cache sharing, named or locked',
    run('RUN --mount=type=cache,target=/c,id=f a'),
    run('RUN --mount=type=cache,target=/c,sharing=locked a'),
    'cached',
  ],
  [
    'cache id and sharing spelt out',
    run('RUN --mount=type=cache,target=/c a'),
    run('RUN --mount=type=cache,target=/c,id=/c,sharing=shared a'),
    'cached',
  ],
  [
    'cache target with slash',
    run('RUN --mount=type=cache,target=/c/ a'),
    run('RUN --mount=type=cache,target=/c a'),
    'rebuilds',
  ],
  [
    'tmpfs size',
    run('RUN --mount=type=tmpfs,target=/t,size=1000 a'),
    run('RUN --mount=type=tmpfs,target=/t,size=2000 a'),
    'rebuilds',
  ],
  [
    'order of mounts and of options',
    run('RUN --mount=type=cache,target=/b --mount=type=tmpfs,target=/a a'),
    run('RUN --mount=target=/a,type=tmpfs --mount=target=/b,type=cache a'),
    'cached',
  ],
  ['secret id', run('RUN --mount=type=secret,id=a x'), run('RUN --mount=type=secret,id=b x'), 'rebuilds'],
  ['ssh mount added', run('RUN a'), run('RUN --mount=type=ssh a'), 'rebuilds'],
  ['LABEL, CMD, EXPOSE in the middle', run('RUN a'), run('LABEL a=1\nEXPOSE 80\nCMD ["x"]\nRUN a'), 'cached'],
  ['comment above', run('RUN a'), run('# c\n\nRUN a'), 'cached'],
  ['stage renamed', 'FROM bb:1 AS one\nRUN a\n', 'FROM bb:1 AS two\nRUN a\n', 'cached'],
  ['full name of the base', 'FROM bb:1\nRUN a\n', 'FROM docker.io/library/bb:1\nRUN a\n', 'cached'],
  ['other base', 'FROM bb:1\nRUN a\n', 'FROM bb:2\nRUN a\n', 'rebuilds'],
  ['RUN deleted above', run('RUN x\nRUN a'), run('RUN a'), 'rebuilds'],
  ['WORKDIR inserted above', run('RUN a'), run('WORKDIR /exist\nRUN a'), 'rebuilds'],
];

const workdirRows: readonly Row[] = [
  ['WORKDIR with slash', run('WORKDIR /w'), run('WORKDIR /w/'), 'cached'],
  ['USER before WORKDIR', run('WORKDIR /w'), run('USER 5\nWORKDIR /w'), 'rebuilds'],
  ['ENV before WORKDIR', run('WORKDIR /w'), run('ENV A=1\nWORKDIR /w'), 'cached'],
  [
    'epoch',
    withArguments('WORKDIR /w', { SOURCE_DATE_EPOCH: '1' }),
    withArguments('WORKDIR /w', { SOURCE_DATE_EPOCH: '2' }),
    'rebuilds',
  ],
];

const copyRows: readonly Row[] = [
  ['nothing changed', copy('COPY d /t'), copy('COPY d /t'), 'cached'],
  ['content', copy('COPY d /t'), copy('COPY d /t', { 'd/a': 'other' }), 'rebuilds'],
  ['mode', copy('COPY d /t'), copy('COPY d /t', { 'd/a': { content: 'A', mode: 0o600 } }), 'rebuilds'],
  ['name of a file inside', copy('COPY d /t'), copy('COPY d /t', { 'd/a2': 'A' }, ['d/a']), 'rebuilds'],
  ['single file renamed', copy('COPY a /t'), copy('COPY a2 /t', { a2: 'A' }), 'rebuilds'],
  ['same name in another folder', copy('COPY d/a /t'), copy('COPY e/a /t'), 'cached'],
  ['folder moved', copy('COPY d /t', {}, ['d/e']), copy('COPY x/d /t'), 'cached'],
  ['folder renamed', copy('COPY d /t', {}, ['d/s/c', 'd/e']), copy('COPY e /t'), 'rebuilds'],
  ['spelling with slash', copy('COPY d /t'), copy('COPY d/ /t'), 'cached'],
  ['spelling ./', copy('COPY d /t'), copy('COPY ./d /t'), 'cached'],
  ['spelling /', copy('COPY d /t'), copy('COPY /d /t'), 'cached'],
  ['JSON form', copy('COPY d /t'), copy('COPY ["d", "/t"]'), 'cached'],
  ['variable with the same value', copy('ARG P=d\nCOPY d /t'), copy('ARG P=d\nCOPY $P /t'), 'cached'],
  ['destination with slash', copy('COPY d /t'), copy('COPY d /t/'), 'rebuilds'],
  ['relative destination', copy('WORKDIR /w\nCOPY d /w/x'), copy('WORKDIR /w\nCOPY d x'), 'cached'],
  ['empty folder added', copy('COPY d /t'), copy('COPY d /t', { 'd/empty': { type: 'directory' } }), 'rebuilds'],
  [
    'link target in a folder',
    copy('COPY d /t', { 'd/l': { type: 'symlink', linkTarget: 'a' } }),
    copy('COPY d /t', { 'd/l': { type: 'symlink', linkTarget: 'e' } }),
    'rebuilds',
  ],
  [
    'explicit link and file of the same content',
    copy('COPY d/l /t', { 'd/l': { type: 'symlink', linkTarget: 'a' } }),
    copy('COPY d/l /t', { 'd/l': 'A' }),
    'cached',
  ],
  ['wildcard, unrelated file', copy('COPY d/a* /t/'), copy('COPY d/a* /t/', { 'd/zz': 'Z' }), 'cached'],
  ['wildcard, new match', copy('COPY d/a* /t/'), copy('COPY d/a* /t/', { 'd/ab': 'Z' }), 'rebuilds'],
  ['wildcard to name', copy('COPY d/a* /t/'), copy('COPY d/a /t/'), 'rebuilds'],
  ['order of sources', copy('COPY a b /t/'), copy('COPY b a /t/'), 'rebuilds'],
  ['unrelated file', copy('COPY d /t'), copy('COPY d /t', { 'e/new': 'N' }), 'cached'],
  ['--chown', copy('COPY d /t'), copy('COPY --chown=0:0 d /t'), 'rebuilds'],
  ['--chmod spelling', copy('COPY --chmod=644 d /t'), copy('COPY --chmod=0644 d /t'), 'cached'],
  [
    '--chmod and the mode of the source',
    copy('COPY --chmod=644 a /t'),
    copy('COPY --chmod=644 a /t', { a: { content: 'A', mode: 0o600 } }),
    'rebuilds',
  ],
  ['--exclude that matches nothing', copy('COPY d /t'), copy('COPY --exclude=zz d /t'), 'rebuilds'],
  ['excluded file', copy('COPY --exclude=e d /t'), copy('COPY --exclude=e d /t', { 'd/e': 'changed' }), 'cached'],
  ['--link', copy('COPY d /t'), copy('COPY --link d /t'), 'may rebuild'],
  ['COPY to ADD', copy('COPY d /t'), copy('ADD d /t'), 'rebuilds'],
  ['heredoc delimiter', copy('COPY <<A /t\nx\nA'), copy('COPY <<B /t\nx\nB'), 'rebuilds'],
  ['heredoc body', copy('COPY <<A /t\nx\nA'), copy('COPY <<A /t\ny\nA'), 'rebuilds'],
  ['heredoc quoted', copy('COPY <<A /t\nx\nA'), copy('COPY <<"A" /t\nx\nA'), 'cached'],
  ['heredoc variable', copy('ARG V=1\nCOPY <<A /t\n$V\nA'), copy('ARG V=2\nCOPY <<A /t\n$V\nA'), 'rebuilds'],
  [
    'ENV, USER, SHELL, LABEL between',
    copy('COPY d /t'),
    copy('ENV A=1\nUSER 5\nSHELL ["x"]\nLABEL a=b\nCOPY d /t'),
    'cached',
  ],
  ['step above', copy('RUN a\nCOPY d /t'), copy('RUN b\nCOPY d /t'), 'rebuilds'],
  ['same wildcard in another folder', copy('COPY e/* /t/'), copy('COPY f/* /t/', { 'f/a': 'A' }), 'cached'],
  [
    'whole context and a folder of the same',
    { text: run('COPY . /t'), files: { 's/a': 'A' } },
    { text: run('COPY s /t'), files: { 's/a': 'A' } },
    'rebuilds',
  ],
  ['one COPY of two to two COPYs', copy('COPY a b /t/'), copy('COPY a /t/\nCOPY b /t/'), 'rebuilds'],
  [
    'bind mount, content',
    copy('RUN --mount=source=d,target=/m x'),
    copy('RUN --mount=source=d,target=/m x', { 'd/a': 'new' }),
    'rebuilds',
  ],
  [
    'bind mount, other file',
    copy('RUN --mount=source=d,target=/m x'),
    copy('RUN --mount=source=d,target=/m x', { a: 'new' }),
    'cached',
  ],
  [
    'epoch',
    { ...copy('COPY a /t'), buildArguments: { SOURCE_DATE_EPOCH: '1' } },
    { ...copy('COPY a /t'), buildArguments: { SOURCE_DATE_EPOCH: '2' } },
    'cached',
  ],
];

const stages = (first: string, last: string): string => `FROM bb:1 AS s\n${first}\nFROM bb:1\n${last}\n`;

const stageRows: readonly Row[] = [
  [
    'stage reran, COPY --from',
    stages('RUN x', 'COPY --from=s /o /o'),
    stages('RUN y', 'COPY --from=s /o /o'),
    'may rebuild',
  ],
  [
    'stage reran, RUN after COPY --from',
    stages('RUN x', 'COPY --from=s /o /o\nRUN e'),
    stages('RUN y', 'COPY --from=s /o /o\nRUN e'),
    'may rebuild',
  ],
  [
    'stage reran, changed RUN after COPY --from',
    stages('RUN x', 'COPY --from=s /o /o\nRUN e'),
    stages('RUN y', 'COPY --from=s /o /o\nRUN f'),
    'rebuilds',
  ],
  [
    'stage by name and by number',
    stages('RUN x', 'COPY --from=s /o /o'),
    stages('RUN x', 'COPY --from=0 /o /o'),
    'cached',
  ],
  [
    'stage reran, bind mount',
    stages('RUN x', 'RUN --mount=from=s,source=/m,target=/m e'),
    stages('RUN y', 'RUN --mount=from=s,source=/m,target=/m e'),
    'may rebuild',
  ],
  [
    'stage reran, cache mount',
    stages('RUN x', 'RUN --mount=type=cache,from=s,target=/m e'),
    stages('RUN y', 'RUN --mount=type=cache,from=s,target=/m e'),
    'may rebuild',
  ],
  [
    'child of a stage that reran',
    'FROM bb:1 AS s\nRUN x\nFROM s\nRUN e\n',
    'FROM bb:1 AS s\nRUN y\nFROM s\nRUN e\n',
    'rebuilds',
  ],
  [
    'argument inherited by a child',
    'FROM bb:1 AS s\nARG A=1\nFROM s\nRUN e\n',
    'FROM bb:1 AS s\nARG A=2\nFROM s\nRUN e\n',
    'rebuilds',
  ],
  ['remote ADD', run('ADD https://example.com/f /f'), run('ADD https://example.com/f /f'), 'may rebuild'],
  [
    'remote ADD, other destination',
    run('ADD https://example.com/f /f'),
    run('ADD https://example.com/f /g'),
    'rebuilds',
  ],
  [
    'remote ADD with checksum',
    run(`ADD --checksum=sha256:${'0'.repeat(64)} https://example.com/f /f`),
    run(`ADD --checksum=sha256:${'0'.repeat(64)} https://example.com/f /f`),
    'cached',
  ],
];

/** The base that the builds stood on, as the engine tells it. */
const engineBase: ImageKnowledge = {
  kind: 'known',
  facts: {
    reference: 'bb:1',
    layers: [],
    layerDigests: ['sha256:bb'],
    configuration: { environment: [], workdir: '', user: '', onbuild: [] },
    source: { kind: 'engine', label: 'Docker' },
  },
};

function scene(value: string | Scene): Scene {
  const images = { 'bb:1': engineBase, 'docker.io/library/bb:1': engineBase };
  return { images, ...(typeof value === 'string' ? { text: value } : value) };
}

for (const [subject, rows] of Object.entries({
  RUN: runRows,
  WORKDIR: workdirRows,
  COPY: copyRows,
  stages: stageRows,
})) {
  describe(`cache keys: ${subject}`, () => {
    for (const [name, before, after, verdict] of rows) {
      it(`${name}: ${verdict}`, () => {
        const last = layerSteps(reportAfter([scene(before)], scene(after))).at(-1);
        assert.equal(last?.cache.status, verdict, last?.cache.reason);
      });
    }
  });
}

describe('cache keys: many builds', () => {
  it('any past build counts, not only the last', () => {
    const report = reportAfter([{ text: run('RUN a') }, { text: run('RUN b') }], { text: run('RUN a') });
    assert.deepEqual(
      layerSteps(report).map((step) => step.cache.status),
      ['cached'],
    );
  });

  it('everything after a step that runs again runs again', () => {
    const report = reportAfter([{ text: run('RUN a\nRUN b\nRUN c') }], { text: run('RUN a\nRUN x\nRUN c') });
    assert.deepEqual(
      layerSteps(report).map((step) => step.cache.status),
      ['cached', 'rebuilds', 'rebuilds'],
    );
  });
});
