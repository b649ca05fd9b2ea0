import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAnswerStore } from '../../../server/src/facts/answer-store';
import type { RegistryAnswer, RegistryImage } from '../../../server/src/facts/registry-client';
import { createRegistrySource } from '../../../server/src/facts/registry-images';
import { archiveSize, unpackedSize } from '../../../server/src/images/layer-sizes';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const image: RegistryImage = {
  size: 100,
  sizeRange: { low: 90, high: 110 },
  compressedSize: 40,
  layerCount: 1,
  layers: [{ createdBy: 'ADD' }],
  configuration: { environment: ['A=1'], workdir: '/', user: '', onbuild: [], labels: {}, command: ['sh'] },
  digest: `sha256:${'1'.repeat(64)}`,
  layerDigests: [`sha256:${'2'.repeat(64)}`],
  manifestDigests: [`sha256:${'3'.repeat(64)}`],
  architecture: 'amd64',
  source: { kind: 'registry', label: 'registry.example' },
};

function stand(context: TestContext, folder = temporaryFolder(context)) {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const asked: string[] = [];
  let answer: RegistryAnswer = { kind: 'ok', value: image };
  const store = createAnswerStore({ folder, form: 'test', clock, log });
  const source = createRegistrySource({
    async read(reference, platform) {
      asked.push(`${reference} ${platform}`);
      return answer;
    },
    platform: 'linux/amd64',
    store,
    clock,
    log,
  });
  context.after(() => source.dispose());
  return {
    source,
    asked,
    clock,
    store,
    folder,
    answerWith(next: RegistryAnswer) {
      answer = next;
    },
  };
}

test('an image is asked for once, and kept for the next session', async (context) => {
  const first = stand(context);
  first.source.request('app:1');
  first.source.request('app:1');
  await first.source.settled();
  assert.deepEqual(first.source.current().get('app:1'), { reference: 'app:1', ...image });
  assert.deepEqual(first.asked, ['app:1 linux/amd64']);
  await first.store.flush();
  const second = stand(context, first.folder);
  second.source.request('docker.io/library/app:1');
  await second.source.settled();
  assert.deepEqual(second.source.current().get('docker.io/library/app:1'), {
    reference: 'docker.io/library/app:1',
    ...image,
  });
  assert.deepEqual(second.asked, []);
});

test('a tag is asked for again after a while, and what was known stays when that fails', async (context) => {
  const first = stand(context);
  first.source.request('app:1');
  await first.source.settled();
  await first.store.flush();
  const second = stand(context, first.folder);
  second.clock.advance(13 * 3_600_000);
  second.answerWith({ kind: 'failed', reason: 'gone', again: true, answered: true });
  second.source.request('app:1');
  await second.source.settled();
  assert.equal(second.asked.length, 1);
  assert.equal('reason' in (second.source.current().get('app:1') ?? {}), false);
});

test('trouble is told, and asked about later in the background', async (context) => {
  const { source, asked, clock, answerWith } = stand(context);
  answerWith({ kind: 'failed', reason: 'limited', again: true, answered: true });
  source.request('app:1');
  await source.settled();
  assert.deepEqual(source.current().get('app:1'), { reason: 'limited' });
  answerWith({ kind: 'ok', value: image });
  clock.advance(60_000);
  await source.settled();
  assert.equal(asked.length, 2);
  assert.equal('reason' in (source.current().get('app:1') ?? {}), false);
});

test('a kept image with other members than it should have is asked for again', async (context) => {
  for (const damaged of [
    null,
    {},
    { ...image, size: 'big' },
    { ...image, layerDigests: ['x'] },
    { ...image, layers: 1 },
  ]) {
    const { source, asked, store } = stand(context);
    await store.write('docker.io/library/app:1 linux/amd64', damaged);
    source.request('app:1');
    await source.settled();
    assert.equal(asked.length, 1);
  }
});

test('the end of a gzip stream tells the size of the archive in it, where it can be that', () => {
  assert.equal(archiveSize(new Uint8Array([0, 0, 0x10, 0]), 400_000), 0x100000);
  assert.equal(archiveSize(new Uint8Array([1, 0, 0x10, 0]), 400_000), undefined);
  assert.equal(archiveSize(new Uint8Array([0, 4, 0, 0]), 400_000), undefined);
  assert.equal(archiveSize(new Uint8Array([0, 0]), 400_000), undefined);
});

test('unpacked sizes are ranges, narrower where the archive is known', () => {
  const known = unpackedSize([{ compressed: 30e6, archive: 80e6 }]);
  assert.ok(known.low < known.bytes && known.bytes < known.high);
  assert.ok((known.high - known.low) / known.bytes < 0.12);
  const guessed = unpackedSize([{ compressed: 30e6 }]);
  assert.ok(guessed.low <= 54e6 && guessed.high >= 100e6);
  assert.deepEqual(unpackedSize([]), { bytes: 0, low: 0, high: 0 });
});
