/** Finding the engine's own figures for the very step, in image history and in the build cache listing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ImageKnowledge } from '../../../server/src/images/types';
import type { EngineFacts, MeasuredCacheRecord, MeasuredEntry } from '../../../server/src/report/facts';
import { layerSteps, reportOf } from '../report/scenario';

const entry = (createdBy: string, size: number, emptyLayer = false): MeasuredEntry => ({ createdBy, size, emptyLayer });

function engineOf(entries: readonly MeasuredEntry[], cacheRecords: readonly MeasuredCacheRecord[] = []) {
  return {
    state: 'ready' as const,
    label: 'Docker',
    sizeUnit: 'content' as const,
    images:
      entries.length === 0 ? [] : [{ label: 'app:1', id: 'sha256:1', createdAt: '2026-01-02T03:04:05Z', entries }],
    cacheRecords,
  };
}

const base: ImageKnowledge = {
  kind: 'known',
  facts: {
    reference: 'bb',
    layerCount: 1,
    layers: [{ createdBy: 'base', size: 10 }],
    source: { kind: 'engine', label: 'Docker' },
  },
};

const ran = (command: string, size: number): MeasuredEntry => entry(`RUN /bin/sh -c ${command} # buildkit`, size);

function measured(text: string, engine: EngineFacts): readonly (number | null)[] {
  return layerSteps(reportOf({ text, engine, images: { bb: base } })).map((step) => step.size.bytes);
}

it('reads sizes from the history of an image that begins with the same base and steps', () => {
  const engine = engineOf([
    entry('base', 10),
    entry('ENV X=1', 0, true),
    ran('a', 111),
    entry('CMD ["x"]', 0, true),
    ran('b', 222),
  ]);
  assert.deepEqual(measured('FROM bb\nRUN a\nRUN b\n', engine), [111, 222]);
  assert.deepEqual(measured('FROM bb\nRUN a\nLABEL q=1\nRUN b\n', engine), [111, 222]);
});

it('stops at the first step that differs; the same command further up is another build’s, with a wider range', () => {
  const engine = engineOf([entry('base', 10), ran('a', 111), ran('b', 222)]);
  const text = 'FROM bb\nRUN a\nRUN c\nRUN b\n';
  assert.deepEqual(measured(text, engine), [111, null, 222]);
  const last = layerSteps(reportOf({ text, engine, images: { bb: base } }))[2];
  assert.deepEqual([last?.size.low, last?.size.high], [200, 244]);
  assert.ok(last?.size.evidence[0]?.startsWith('The same command on the same distribution'));
});

it('does not believe another build of a command that may read the files of its project', () => {
  const engine = engineOf([entry('base', 10), ran('z', 5), ran('a', 111)]);
  assert.deepEqual(measured('FROM bb\nCOPY <<E /f\nx\nE\nRUN a\n', engine).slice(1), [null]);
});

it('does not believe the history of an image on another base', () => {
  assert.deepEqual(measured('FROM bb\nRUN a\n', engineOf([entry('other', 10), ran('a', 111)])), [null]);
});

it('reads stages that are in no image from the build cache, along parents', () => {
  const records: readonly MeasuredCacheRecord[] = [
    { id: '0', parents: [], description: 'from local ', size: 0 },
    { id: '1', parents: ['0'], description: '[build 2/3] WORKDIR /w', size: 0 },
    {
      id: '2',
      parents: ['1'],
      description: 'mount / from exec /bin/sh -c make',
      size: 77,
      createdAt: '2026-01-01T00:00:00Z',
    },
    { id: '3', parents: ['0'], description: 'mount / from exec /bin/sh -c make', size: 99 },
  ];
  const text = 'FROM bb AS build\nWORKDIR /w\nRUN make\nFROM scratch\n';
  const step = layerSteps(reportOf({ text, target: 'build', engine: engineOf([], records), images: { bb: base } }))[1];
  assert.deepEqual([step?.size.bytes, step?.size.basis], [77, 'measured']);
  assert.ok(step?.size.evidence.some((sentence) => sentence.includes('build cache')));
});

it('gives the range of several builds and the newest figure', () => {
  const records: readonly MeasuredCacheRecord[] = [
    {
      id: '1',
      parents: [],
      description: 'mount / from exec /bin/sh -c get',
      size: 50,
      createdAt: '2026-01-01T00:00:00Z',
    },
    {
      id: '2',
      parents: [],
      description: 'mount / from exec /bin/sh -c get',
      size: 70,
      createdAt: '2026-01-03T00:00:00Z',
    },
  ];
  const step = layerSteps(reportOf({ text: 'FROM bb\nRUN get\n', engine: engineOf([], records) }))[0];
  assert.deepEqual([step?.size.bytes, step?.size.low, step?.size.high], [70, 50, 70]);
});

it('says that an engine with another store counts blocks', () => {
  const engine: EngineFacts = { ...engineOf([ran('a', 8192)]), sizeUnit: 'blocks' };
  const step = layerSteps(reportOf({ text: 'FROM scratch\nRUN a\n', engine }))[0];
  assert.deepEqual([step?.size.low, step?.size.high], [0, 8192]);
});
