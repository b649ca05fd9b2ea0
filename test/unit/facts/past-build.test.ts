/** Builds that a real engine remembered (Docker 28.5, captured field by field), as they are taken in. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BuildVertex, ErrorDetail, HistoryEntry } from '../../../server/src/facts/builder-port';
import { assemblePastBuild, type BuildParts } from '../../../server/src/facts/past-build';
import { readProvenance } from '../../../server/src/facts/provenance';

const fixtures = resolve(__dirname, '../../fixtures/history');

function json<Value>(folder: string, name: string): Value | undefined {
  const file = join(fixtures, folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Value) : undefined;
}

function partsOf(folder: string): BuildParts {
  const entry = json<HistoryEntry>(folder, 'entry');
  assert.ok(entry);
  const statement = json<unknown>(folder, 'provenance');
  const note = json<NonNullable<BuildParts['note']>>(folder, 'note');
  return {
    entry,
    vertices: json<BuildVertex[]>(folder, 'vertices') ?? [],
    errorDetails: json<ErrorDetail[]>(folder, 'error') ?? [],
    enginePlatform: 'linux/amd64',
    ...(statement !== undefined && { statement }),
    ...(note && { note }),
  };
}

for (const folder of readdirSync(fixtures)) {
  // The notes of these builds hold paths as Linux writes them.
  test(`a build of the history: ${folder}`, { skip: process.platform === 'win32' }, () => {
    const build = JSON.parse(JSON.stringify(assemblePastBuild(partsOf(folder))));
    const file = join(fixtures, folder, 'build.json');
    if (process.env.UPDATE_FIXTURES) writeFileSync(file, `${JSON.stringify(build, null, 2)}\n`);
    assert.deepEqual(build, json(folder, 'build'));
  });
}

test('a statement in the form of SLSA 1 tells the same', () => {
  const old = json<Record<string, Record<string, unknown>>>('completed', 'provenance');
  assert.ok(old?.invocation && old.metadata);
  const { 'https://mobyproject.org/buildkit@v1#metadata': details, ...times } = old.metadata;
  const source = old.invocation.configSource as Record<string, unknown>;
  const environment = old.invocation.environment as Record<string, unknown>;
  const next = {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: { configSource: { path: source.entryPoint }, request: old.invocation.parameters },
      internalParameters: { buildConfig: old.buildConfig, builderPlatform: environment.platform },
      resolvedDependencies: old.materials,
    },
    runDetails: { builder: old.builder, metadata: { ...times, buildkit_metadata: details } },
  };
  assert.deepEqual(readProvenance(next), readProvenance(old));
});

test('a build for several platforms is one build for each', () => {
  const parts = partsOf('completed');
  const build = assemblePastBuild({ ...parts, platform: 'linux/arm64' });
  assert.equal(build.platform, 'linux/arm64');
  assert.equal(build.reference, `${parts.entry.reference}@linux/arm64`);
});

test('a build by somebody else has no paths', () => {
  const { note: _, ...parts } = partsOf('completed');
  const build = assemblePastBuild(parts);
  assert.equal(build.contextPath, undefined);
  assert.equal(build.dockerfilePath, undefined);
  assert.ok(build.dockerfile);
});

test('credentials in the address of a context are left out', () => {
  const parts = partsOf('context-from-repository');
  const attributes = { context: 'https://user:secret@host/repo.git', 'context:x': 'https://token@host/x.git' };
  const build = assemblePastBuild({ ...parts, entry: { ...parts.entry, attributes } });
  assert.deepEqual(build.options, { context: 'https://host/repo.git', 'context:x': 'https://host/x.git' });
});

test('nonsense in place of a statement is no statement', () => {
  const parts = partsOf('completed');
  for (const statement of [null, 3, '', [], {}, { invocation: 3 }, { buildDefinition: [] }]) {
    assert.equal(readProvenance(statement), undefined, JSON.stringify(statement));
    assert.equal(assemblePastBuild({ ...parts, statement }).dockerfile, undefined);
  }
});

test('a statement with any parts replaced by nonsense is read without failing', () => {
  const whole = json<unknown>('completed', 'provenance');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { minLength: 1, maxLength: 20 }), (changes) => {
      let node = 0;
      const changed = JSON.parse(JSON.stringify(whole), (_, value) => {
        node += 1;
        const change = changes.find(([at]) => at % 400 === node % 400);
        return change ? change[1] : value;
      });
      readProvenance(changed);
    }),
    { numRuns: 200 },
  );
});
