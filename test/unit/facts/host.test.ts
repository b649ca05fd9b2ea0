import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import { readCommit } from '../../../server/src/facts/commit-contents';
import { createEngine } from '../../../server/src/facts/engine';
import { createFactsHost, type FactsHostOptions, type Surroundings } from '../../../server/src/facts/host';
import { createRegistrySource } from '../../../server/src/facts/registry-images';
import { indexOfficialImages } from '../../../server/src/images/official';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryContext } from './in-memory-context';
import { inMemoryEngine } from './in-memory-engine';
import { inMemoryGit } from './in-memory-git';
import { inMemoryHistory } from './in-memory-history';
import { inMemoryLog } from './in-memory-log';
import { inMemoryPackages } from './in-memory-packages';
import { inMemoryRecords } from './in-memory-records';
import { temporaryFolder } from './temporary-folder';

function surroundings(sizeUnit: 'content' | 'blocks' = 'content') {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const port = inMemoryEngine(sizeUnit);
  const context = inMemoryContext();
  const git = inMemoryGit('/repo');
  const records = inMemoryRecords();
  const packages = inMemoryPackages();
  let opened = 0;
  const around: Surroundings = {
    openContext: () => {
      opened += 1;
      return context;
    },
    openEngine: () => {
      opened += 1;
      const engine = createEngine(async () => ({ kind: 'found', port }), clock, log);
      return { engine, dispose: () => engine.dispose() };
    },
    openHistory: () => {
      const history = inMemoryHistory();
      return { history, dispose: () => history.dispose() };
    },
    git,
    readCommit: (_, question, signal) => readCommit(git, question, signal),
    readForecast: async () => ({ kind: 'failed', reason: 'There is no history.' }),
    openRecords: () => records,
    watchGit: () => ({ dispose: () => undefined }),
    openPackages: () => packages,
    officialImages: indexOfficialImages({
      source: '',
      commit: '',
      platform: 'linux/amd64',
      images: [
        {
          reference: 'node:20',
          size: 1000,
          layerCount: 1,
          environment: [],
          os: 'Debian GNU/Linux 12 (bookworm)',
          packageManager: 'apt',
          compressedSize: 400,
          source: '',
        },
      ],
    }),
  };
  const options: FactsHostOptions = {
    dockerfilePath: '/repo/Dockerfile',
    contextPath: '/repo',
    trusted: true,
    offline: false,
    engine: { enabled: true },
    baseline: 'auto',
    workerPath: '',
    log,
    clock,
  };
  return { around, options, context, port, git, records, packages, opened: () => opened };
}

test('at first everything is pending, and the same object until something is known', async () => {
  const { around, options } = surroundings();
  const host = createFactsHost(options, around);
  const facts = host.current();
  assert.deepEqual(facts.context, { state: 'pending' });
  assert.deepEqual(facts.engine, { state: 'pending' });
  assert.deepEqual(facts.baseline, { kind: 'pending' });
  assert.deepEqual(facts.image('node:20'), { kind: 'pending' });
  assert.equal(host.current(), facts);
  host.dispose();
});

test('an earlier snapshot stays what it was', async () => {
  const { around, options, port } = surroundings();
  port.hold([{ id: 'sha256:a', tags: ['node:20'], history: [{ createdBy: 'ADD', size: 5 }] }]);
  const host = createFactsHost(options, around);
  const before = host.current();
  let changes = 0;
  host.onChange(() => {
    changes += 1;
  });
  host.request([{ kind: 'image', reference: 'node:20' }]);
  await host.settled();
  assert.ok(changes > 0);
  assert.notEqual(host.current(), before);
  assert.deepEqual(before.image('node:20'), { kind: 'pending' });
  const after = host.current();
  assert.equal(after.image('node:20').kind, 'known');
  host.request([{ kind: 'image', reference: 'node:20' }]);
  await host.settled();
  assert.equal(host.current(), after);
  host.dispose();
});

test("the engine's image comes first and takes from the table what an engine can't tell", async () => {
  const { around, options, port } = surroundings();
  port.hold([{ id: 'sha256:a', tags: ['node:20'], history: [{ createdBy: 'ADD', size: 5 }] }]);
  const host = createFactsHost(options, around);
  host.request([{ kind: 'image', reference: 'node:20' }]);
  await host.settled();
  const known = host.current().image('node:20');
  assert.ok(known.kind === 'known');
  assert.deepEqual(known.facts.source, { kind: 'engine', label: 'Engine in memory' });
  assert.equal(known.facts.size, 5);
  assert.equal(known.facts.packageManager, 'apt');
  assert.equal(known.facts.compressedSize, 400);
  host.dispose();
});

test('where the engine counts blocks, the size is that of the table, the rest is the engine’s', async () => {
  const { around, options, port } = surroundings('blocks');
  port.hold([{ id: 'sha256:a', tags: ['node:20'], history: [{ createdBy: 'ADD', size: 4096 }], environment: ['A=1'] }]);
  const host = createFactsHost(options, around);
  host.request([{ kind: 'image', reference: 'node:20' }]);
  await host.settled();
  const known = host.current().image('node:20');
  assert.ok(known.kind === 'known');
  assert.equal(known.facts.size, 1000);
  assert.equal(known.facts.compressedSize, 4096);
  assert.equal(known.facts.source.kind, 'shipped');
  assert.equal(known.facts.digest, 'sha256:a');
  assert.deepEqual(known.facts.configuration?.environment, ['A=1']);
  host.dispose();
});

test('what the engine does not hold comes from the table, or is unknown with the reason', async () => {
  const { around, options } = surroundings();
  const host = createFactsHost(options, around);
  host.request(['node:20', 'me/own:1', 'No Good'].map((reference) => ({ kind: 'image' as const, reference })));
  await host.settled();
  const { image } = host.current();
  const shipped = image('node:20');
  assert.ok(shipped.kind === 'known');
  assert.equal(shipped.facts.source.kind, 'shipped');
  const own = image('me/own:1');
  assert.ok(own.kind === 'unknown');
  assert.match(own.reason, /does not hold me\/own:1/);
  const malformed = image('No Good');
  assert.ok(malformed.kind === 'unknown');
  assert.match(malformed.reason, /not a valid image reference/);
  host.dispose();
});

test('without an engine the table answers at once', async () => {
  const { around, options } = surroundings();
  const host = createFactsHost({ ...options, engine: { enabled: false } }, around);
  assert.equal(host.current().image('node:20').kind, 'known');
  assert.deepEqual(host.current().engine.state, 'absent');
  host.dispose();
});

test('an untrusted workspace opens nothing', async () => {
  const { around, options, opened, context } = surroundings();
  const host = createFactsHost({ ...options, trusted: false }, around);
  host.request([
    { kind: 'image', reference: 'node:20' },
    { kind: 'digests', scheme: 'git' },
    { kind: 'file', path: 'package.json' },
  ]);
  host.fileEvents(['/repo/x']);
  await host.settled();
  const facts = host.current();
  assert.equal(opened(), 0);
  assert.equal(context.requests.length, 0);
  assert.ok(facts.context.state === 'unavailable');
  assert.match(facts.context.reason, /not trusted/);
  assert.equal(facts.engine.state, 'absent');
  assert.equal(facts.baseline.kind, 'none');
  assert.equal(facts.image('node:20').kind, 'known');
  assert.equal(facts.file?.('package.json'), undefined);
  host.dispose();
});

test('a change of the context is told, its requests and events are passed on', async () => {
  const { around, options, context } = surroundings();
  const host = createFactsHost(options, around);
  let changes = 0;
  host.onChange(() => {
    changes += 1;
  });
  const snapshot = snapshotFromEntries([{ path: 'a', size: 3 }]);
  context.become({ state: 'ready', snapshot, ignoreFile: { text: '' } });
  assert.equal(changes, 1);
  assert.ok(host.current().context.state === 'ready');
  host.request([{ kind: 'digests', scheme: 'sha256' }]);
  host.fileEvents(['/repo/a']);
  host.fileEvents([]);
  assert.deepEqual(context.requests, [{ kind: 'digests', scheme: 'sha256' }]);
  assert.deepEqual(context.events, ['/repo/a']);
  host.dispose();
  assert.ok(context.disposed);
});

test('object IDs of clean files reach the context before the baseline is offered', async () => {
  const { around, options, context, git } = surroundings();
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { Dockerfile: 'FROM a', x: '1' } });
  git.modify(['x']);
  const host = createFactsHost(options, around);
  host.onChange(() => {
    if (host.current().baseline.kind === 'git') assert.ok(context.blobs);
  });
  await host.settled();
  assert.equal(host.current().baseline.kind, 'git');
  assert.deepEqual([...(context.blobs?.keys() ?? [])], ['Dockerfile']);
  host.dispose();
});

test('a build is recorded for the Dockerfile', async () => {
  const { around, options, records } = surroundings();
  const host = createFactsHost({ ...options, storagePath: '/storage' }, around);
  const kept = await host.recordBuilt({
    at: '2026-01-01T00:00:00Z',
    target: null,
    platform: 'linux/amd64',
    scheme: 'sha256',
    steps: [],
    tree: {},
    bases: {},
  });
  assert.ok(kept.kind === 'ok');
  assert.deepEqual([...records.files.keys()], [kept.value.file]);
  assert.equal(host.current().baseline.kind, 'record');
  host.dispose();
});

test('nothing is told after disposing, and waiting can be cancelled', async () => {
  const { around, options, context } = surroundings();
  const host = createFactsHost(options, around);
  await assert.rejects(host.settled(AbortSignal.abort(new Error('enough'))), /enough/);
  host.onChange(() => assert.fail('told'));
  host.dispose();
  context.become({ state: 'unavailable', reason: 'x' });
  await turn();
});

test('a small file of the context is read when it is asked for', async (context) => {
  const { around, options, context: port } = surroundings();
  const folder = temporaryFolder(context, { 'package.json': '{"name":"a"}' });
  const host = createFactsHost({ ...options, contextPath: folder }, around);
  const snapshot = snapshotFromEntries([{ path: 'package.json', size: 12 }]);
  port.become({ state: 'ready', snapshot, ignoreFile: { text: '' } });
  assert.equal(host.current().file?.('package.json'), 'pending');
  host.request([{ kind: 'file', path: 'package.json' }]);
  await host.settled();
  assert.equal(host.current().file?.('package.json'), '{"name":"a"}');
  host.dispose();
});

test('what package indexes say is part of the facts, and requests for it reach them', async () => {
  const { around, options, packages } = surroundings();
  const host = createFactsHost(options, around);
  const before = host.current();
  assert.deepEqual(before.packages?.npm('express', '4.18.2'), { state: 'pending' });
  const request = { kind: 'npm', name: 'express', version: '4.18.2' } as const;
  host.request([{ kind: 'package', request }]);
  assert.deepEqual(packages.requests, [request]);
  packages.answer({ npm: () => ({ state: 'unknown', reason: 'nobody knows' }) });
  assert.notEqual(host.current(), before);
  assert.deepEqual(host.current().packages?.npm('express', '4.18.2'), { state: 'unknown', reason: 'nobody knows' });
  assert.deepEqual(before.packages?.npm('express', '4.18.2'), { state: 'pending' });
  host.dispose();
});

test('a registry is asked for what the engine does not hold, and the table is what is left', async () => {
  const { around, options, port } = surroundings();
  port.hold([{ id: 'sha256:a', tags: ['held:1'], history: [{ createdBy: 'ADD', size: 5 }] }]);
  const asked: string[] = [];
  const registries: Surroundings = {
    ...around,
    openRegistry: (opened) =>
      createRegistrySource({
        async read(reference, platform) {
          asked.push(`${reference} ${platform}`);
          if (reference !== 'remote:1')
            return { kind: 'failed', reason: 'no such image', again: false, answered: true };
          const configuration = { environment: ['A=1'], workdir: '', user: '', onbuild: [] };
          const source = { kind: 'registry', label: 'registry.example' } as const;
          return { kind: 'ok', value: { layers: [], configuration, source } };
        },
        platform: opened.platform ?? '',
        store: { read: async () => undefined, write: async () => undefined, flush: async () => undefined },
        clock: opened.clock,
        log: opened.log,
      }),
  };
  const host = createFactsHost({ ...options, platform: 'linux/arm64' }, registries);
  for (const reference of ['held:1', 'remote:1', 'node:20', 'nowhere:1']) host.request([{ kind: 'image', reference }]);
  await host.settled();
  const { image } = host.current();
  const sourceOf = (reference: string): string => {
    const known = image(reference);
    return known.kind === 'known' ? known.facts.source.kind : known.kind === 'unknown' ? known.reason : known.kind;
  };
  assert.deepEqual(['held:1', 'remote:1', 'node:20', 'nowhere:1'].map(sourceOf), [
    'engine',
    'registry',
    'shipped',
    'no such image',
  ]);
  assert.equal(sourceOf('other:1'), 'pending');
  assert.deepEqual(asked.toSorted(), ['node:20 linux/arm64', 'nowhere:1 linux/arm64', 'remote:1 linux/arm64']);
  host.dispose();
});
