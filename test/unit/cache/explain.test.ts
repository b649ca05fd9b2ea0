/** Every miss names its cause. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageKnowledge } from '../../../server/src/images/types';
import type { Files, Scene } from '../report/scenario';
import { contextOf, factsOf, layerSteps, recordOf, reportAfter, reportOf } from '../report/scenario';

const scene = (text: string, changes: Partial<Scene> = {}): Scene => ({ text, ...changes });
const last = (before: Scene, now: Scene) => layerSteps(reportAfter([before], now)).at(-1)?.cache;

describe('causes of a miss', () => {
  it('names changed files, at most ten and their count', () => {
    const text = 'FROM bb\nCOPY . /app\n';
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`src/f${index}`, 'old']));
    const changed = Object.fromEntries(Object.keys(many).map((path) => [path, 'new']));
    const cache = last(
      scene(text, { files: { ...many, keep: 'k' } }),
      scene(text, { files: { ...changed, keep: 'k' } }),
    );
    assert.equal(cache?.cause?.pathCount, 12);
    assert.equal(cache.cause.paths?.length, 10);
    assert.equal(cache.reason, 'src/f0, src/f1 and 10 more changed.');
  });

  it('names one changed, one new and one deleted file', () => {
    const text = 'FROM bb\nCOPY . /app\n';
    const cache = last(scene(text, { files: { a: '1', b: '1' } }), scene(text, { files: { a: '2', c: '1' } }));
    assert.deepEqual(cache?.cause?.paths?.toSorted(), ['a', 'b', 'c']);
  });

  it('names the line that runs again', () => {
    const cache = last(scene('FROM bb\nRUN a\n\nRUN b\n'), scene('FROM bb\nRUN x\n\nRUN b\n'));
    assert.deepEqual([cache?.reason, cache?.cause?.line], ['Line 2 runs again.', 2]);
  });

  it('names the variable, the user, the folder, the command', () => {
    const from = (body: string) => scene(`FROM bb\n${body}\nRUN a\n`);
    assert.equal(last(from('ENV NODE_ENV=a'), from('ENV NODE_ENV=b'))?.reason, 'NODE_ENV differs.');
    assert.equal(last(from('ENV NODE_ENV=a'), from('ENV NODE_ENV=b'))?.cause?.input, 'NODE_ENV');
    assert.equal(last(from('USER a'), from('USER b'))?.cause?.input, 'user');
    assert.equal(last(scene('FROM bb\nRUN a\n'), scene('FROM bb\nRUN b\n'))?.cause?.input, 'command');
    assert.equal(
      last(scene('FROM bb\nCOPY a /x\n', { files: { a: '' } }), scene('FROM bb\nCOPY a /y\n', { files: { a: '' } }))
        ?.cause?.input,
      'destination',
    );
  });

  it('tells an instruction that is new', () => {
    const cache = last(scene('FROM bb\nRUN a\n'), scene('FROM bb\nRUN a\nRUN b\n'));
    assert.deepEqual(
      [cache?.status, cache?.reason],
      ['rebuilds', 'No recorded build has this instruction in this place.'],
    );
  });

  it('tells that only the output of another line decides', () => {
    const text = (command: string) => scene(`FROM bb AS s\nRUN ${command}\nFROM bb\nCOPY --from=s /o /o\nRUN after\n`);
    const steps = layerSteps(reportAfter([text('a')], text('b')));
    assert.deepEqual(
      steps.map(({ cache }) => [cache.status, cache.cause?.line]),
      [
        ['rebuilds', 2],
        ['may rebuild', 2],
        ['may rebuild', 4],
      ],
    );
    assert.equal(steps[1]?.cache.reason, "Runs again only if line 2's output differs.");
  });

  describe('of a base image under the same name', () => {
    const known = (layers: readonly string[], more: { readonly id?: string; readonly environment?: string } = {}) =>
      ({
        kind: 'known',
        facts: {
          reference: 'bb',
          layers: [],
          digest: more.id ?? 'sha256:1',
          layerDigests: layers,
          configuration: { environment: [more.environment ?? 'A=1'], workdir: '', user: '', onbuild: [] },
          source: { kind: 'engine', label: 'Docker' },
        },
      }) satisfies ImageKnowledge;
    const at = (image: ImageKnowledge) =>
      scene('FROM bb\nCOPY a /\nRUN b\n', { files: { a: 'a' }, images: { bb: image } });
    const before = known(['sha256:l1', 'sha256:l2']);
    const statuses = (now: ImageKnowledge) =>
      layerSteps(reportAfter([at(before)], at(now))).map(({ cache }) => [cache.status, cache.cause?.line]);

    it('tells that its layers are other ones now', () => {
      assert.deepEqual(statuses(known(['sha256:l1', 'sha256:l3'])), [
        ['rebuilds', 1],
        ['rebuilds', 2],
      ]);
    });

    it('goes by layers and configuration, not by the image ID', () => {
      assert.deepEqual(statuses(before), [
        ['cached', undefined],
        ['cached', undefined],
      ]);
      assert.deepEqual(statuses(known(['sha256:l1', 'sha256:l2'], { id: 'sha256:2' })), [
        ['cached', undefined],
        ['cached', undefined],
      ]);
    });

    it('lets another environment change RUN and not COPY', () => {
      assert.deepEqual(statuses(known(['sha256:l1', 'sha256:l2'], { environment: 'A=2' })), [
        ['cached', undefined],
        ['rebuilds', 1],
      ]);
    });
  });

  it('leaves to a base that nobody knows what it decides', () => {
    const statuses = (before: string, now: string) =>
      layerSteps(reportAfter([scene(before, { files: { a: 'a' } })], scene(now, { files: { a: 'a' } }))).map(
        ({ cache }) => cache.status,
      );
    assert.deepEqual(statuses('FROM x\nCOPY a .\nRUN b\n', 'FROM x\nCOPY a .\nRUN b\n'), ['cached', 'cached']);
    assert.deepEqual(statuses('FROM x\nCOPY a .\n', 'FROM x\nCOPY a /\n'), ['may rebuild']);
    assert.deepEqual(statuses('FROM x\nRUN b\n', 'FROM x\nRUN ["/bin/sh", "-c", "b"]\n'), ['may rebuild']);
    const [step] = layerSteps(reportAfter([scene('FROM x\nWORKDIR w\nRUN b\n')], scene('FROM x\nWORKDIR /w\nRUN b\n')));
    assert.match(step?.cache.reason ?? '', /^Only the base image decides/);
  });

  it('does not let what is known of a base change keys', () => {
    const configuration = { environment: ['PATH=/x', 'A=1'], workdir: '/w', user: 'u', onbuild: [] };
    const image: ImageKnowledge = {
      kind: 'known',
      facts: { reference: 'bb', layers: [], configuration, source: { kind: 'shipped', label: 'table' } },
    };
    const text = 'FROM bb\nENV PATH=/y:$PATH\nWORKDIR sub\nRUN a\n';
    const report = reportAfter([scene(text)], scene(text, { images: { bb: image } }));
    assert.ok(layerSteps(report).every((step) => step.cache.status === 'cached'));
  });
});

describe('what is not known', () => {
  const text = 'FROM bb\nCOPY a /a\nRUN b\n';

  it('waits for contents', () => {
    const before = recordOf(scene(text, { files: { a: '1' } }));
    const unread = contextOf({ a: { type: 'file', size: 1 } });
    const report = reportOf(scene(text, { context: unread }), { kind: 'record', label: '', builds: [before] });
    assert.deepEqual(
      layerSteps(report).map((step) => step.cache.status),
      ['pending', 'pending'],
    );
  });

  it('never says cached where the context can not be read', () => {
    const before = recordOf(scene(text, { files: { a: '1' } }));
    const context = { state: 'unavailable', reason: 'gone' } as const;
    const report = reportOf(scene(text, { context }), { kind: 'record', label: '', builds: [before] });
    assert.deepEqual(
      layerSteps(report).map((step) => step.cache.status),
      ['may rebuild', 'may rebuild'],
    );
  });

  it('says may rebuild where a remote file and a missing one come together', () => {
    const both = scene('FROM bb\nADD https://example.com/f /f\nRUN --mount=source=gone,target=/m x\n', {
      files: { a: '' },
    });
    assert.deepEqual(
      layerSteps(reportAfter([both], both)).map((step) => step.cache.status),
      ['may rebuild', 'may rebuild'],
    );
  });

  it('says that there is nothing to compare with', () => {
    const step = layerSteps(reportOf(scene(text)))[0];
    assert.equal(step?.cache.status, 'no record');
    assert.equal(factsOf(scene(text)).baseline.kind, 'none');
  });

  it('says not built for stages that the target does not need', () => {
    const report = reportAfter([scene('FROM bb\nRUN a\n')], scene('FROM cc AS other\nRUN z\nFROM bb\nRUN a\n'));
    assert.deepEqual(
      layerSteps(report).map((step) => step.cache.status),
      ['not built', 'cached'],
    );
  });
});

describe('git as baseline', () => {
  it('holds the working tree against the commit and names what differs', () => {
    const committed = contextOf({ a: '1', b: '1' });
    assert.ok(committed.state === 'ready');
    const text = 'FROM bb\nCOPY a /a\nCOPY b /b\n';
    const report = reportOf(scene(text, { files: { a: '1', b: '2' } }), {
      kind: 'git',
      label: 'commit 1a2b3c4',
      revision: '1a2b3c4',
      dockerfile: text,
      snapshot: committed.snapshot,
    });
    assert.deepEqual(
      layerSteps(report).map(({ cache }) => [cache.status, cache.reason]),
      [
        ['cached', 'Same inputs as in commit 1a2b3c4: reused wherever that was built.'],
        ['rebuilds', 'b changed.'],
      ],
    );
  });

  it('leaves open whether a folder without files was there', () => {
    const committed = contextOf({ 'd/a': '1' });
    assert.ok(committed.state === 'ready');
    const text = 'FROM bb\nCOPY d /d\nRUN x\n';
    const steps = (files: Files) =>
      layerSteps(
        reportOf(scene(text, { files }), {
          kind: 'git',
          label: 'commit 1a2b3c4',
          revision: '1a2b3c4',
          dockerfile: text,
          snapshot: committed.snapshot,
        }),
      ).map(({ cache }) => [cache.status, cache.reason]);
    assert.deepEqual(steps({ 'd/a': '1', 'd/empty': { type: 'directory', mode: 0o755 } }), [
      ['may rebuild', 'Git keeps no empty folders and little of modes: whether d/empty was so is not known.'],
      ['may rebuild', 'Runs again only if line 2 does.'],
    ]);
    assert.equal(steps({ 'd/a': '2', 'd/empty': { type: 'directory', mode: 0o755 } })[0]?.[0], 'rebuilds');
  });
});
