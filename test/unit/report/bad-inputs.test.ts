/**
 * Whatever is wrong with what a project or a server holds: the step says that it does not know hover says why, and the rest of the report stands.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hover } from '../../../server/src/features/hover';
import type { Answer, PackageIndexes } from '../../../server/src/packages/types';
import { analyse } from '../../../server/src/report/analyse';
import { sampleDocument } from '../features/sample-report';
import { type Files, factsOf, inputsOf } from './scenario';

interface Bad {
  readonly name: string;
  readonly image: string;
  readonly files: Files;
  readonly copies: string;
  readonly run: string;
  /** What hover says of it. */
  readonly says: RegExp;
}

const manifest = '{"name":"x","version":"1.0.0","dependencies":{"ms":"2.1.3"}}';
const node = (name: string, lock: string, text: Files[string], run: string, says: RegExp): Bad => ({
  name,
  image: 'node:20-slim',
  files: { 'package.json': manifest, [lock]: text },
  copies: `package.json ${lock}`,
  run,
  says,
});
const other = (name: string, image: string, lock: string, text: string, run: string, says: RegExp): Bad => ({
  name,
  image,
  files: { [lock]: text },
  copies: lock,
  run,
  says,
});
const huge = { size: 200_000_000 } as const;

const cases: readonly Bad[] = [
  node(
    'a newer package-lock.json',
    'package-lock.json',
    '{"lockfileVersion":9,"packages":{}}',
    'npm ci',
    /version that Strata does not know/,
  ),
  node(
    'a truncated package-lock.json',
    'package-lock.json',
    '{"lockfileVersion":3,"packages":{"":{',
    'npm ci',
    /cannot be read as a lock file/,
  ),
  node('a package-lock.json of 200 MB', 'package-lock.json', huge, 'npm ci', /package\\-lock\.json is too large/),
  node(
    'a newer pnpm-lock.yaml',
    'pnpm-lock.yaml',
    "lockfileVersion: '42.0'\n",
    'pnpm install',
    /version that Strata does not know/,
  ),
  node(
    'a truncated pnpm-lock.yaml',
    'pnpm-lock.yaml',
    "lockfileVersion: '9.0'\npackages:\n  a: {resolution: {",
    'pnpm install',
    /cannot be read as a lock file/,
  ),
  node('a pnpm-lock.yaml of 200 MB', 'pnpm-lock.yaml', huge, 'pnpm install', /pnpm\\-lock\.yaml is too large/),
  node(
    'a newer yarn.lock',
    'yarn.lock',
    '__metadata:\n  version: 99\n',
    'yarn install',
    /version that Strata does not know/,
  ),
  node('a yarn.lock that is a web page', 'yarn.lock', '<html>', 'yarn install', /cannot be read as a lock file/),
  node('a yarn.lock of 200 MB', 'yarn.lock', huge, 'yarn install', /yarn\.lock is too large/),
  other('a newer uv.lock', 'python:3.12-slim', 'uv.lock', 'version = 9\n', 'uv sync', /version 9/),
  other(
    'a truncated uv.lock',
    'python:3.12-slim',
    'uv.lock',
    'version = 1\n[[package]]\nname = "a',
    'uv sync',
    /uv\.lock/,
  ),
  other(
    'a truncated poetry.lock',
    'python:3.12-slim',
    'poetry.lock',
    '[[package]]\nname = "',
    'poetry install',
    /poetry\.lock/,
  ),
  other('a truncated Pipfile.lock', 'python:3.12-slim', 'Pipfile.lock', '{"_meta": {', 'pipenv sync', /Pipfile\.lock/),
  other(
    'a truncated Cargo.lock',
    'rust:1',
    'Cargo.lock',
    'version = 4\n[[package]]\nname = "a',
    'cargo fetch',
    /Cargo\.lock/,
  ),
  other(
    'a truncated composer.lock',
    'composer:2',
    'composer.lock',
    '{"packages": [{',
    'composer install',
    /composer\.lock/,
  ),
  other(
    'a script that can’t be parsed',
    'debian:bookworm-slim',
    'x.sh',
    'if [ ; then\n((((',
    'sh ./x.sh',
    /shell script can’t be read/,
  ),
  other(
    'a command that can’t be parsed',
    'debian:bookworm-slim',
    'x',
    '',
    'if then fi (',
    /shell script can’t be read/,
  ),
];

function stepOf({ image, files, copies, run }: Bad, packages?: PackageIndexes) {
  const all: Files = { ...files, after: 'ab' };
  const scene = {
    text: `FROM ${image}\nWORKDIR /app\nCOPY ${copies} ./\nRUN ${run}\nCOPY after /after\n`,
    files: all,
  };
  const file = (path: string): string | undefined => {
    const content: Files[string] | undefined = all[path];
    return typeof content === 'string' ? content : undefined;
  };
  const facts = { ...factsOf(scene), file, ...(packages === undefined ? {} : { packages }) };
  const { report } = analyse(scene.text, inputsOf(scene), facts);
  const steps = report.stages[0]?.steps ?? [];
  const shown = hover(sampleDocument(report), { line: 3, character: 1 }, undefined)?.contents;
  assert.ok(typeof shown === 'object' && 'value' in shown);
  return { steps, step: steps[2], text: shown.value };
}

function standsBeside(steps: ReturnType<typeof stepOf>['steps']): void {
  assert.deepEqual([steps[0]?.size.basis, steps[1]?.size.basis], ['exact', 'exact']);
  assert.deepEqual([steps[3]?.size.bytes, steps[3]?.size.basis], [2, 'exact']);
}

describe('bad input in the project', () => {
  for (const bad of cases) {
    it(bad.name, () => {
      const { steps, step, text } = stepOf(bad);
      assert.deepEqual([step?.size.bytes, step?.size.high, step?.size.basis], [null, null, 'unknown']);
      assert.match(text, bad.says);
      standsBeside(steps);
    });
  }
});

describe('bad answers of servers', () => {
  const reasons = [
    'registry.example.com asks for a login (status 401).',
    'registry.example.com limits how often it is asked (status 429).',
    'registry.example.com answered with status 500.',
    'registry.example.com sent a web page instead of data.',
    'registry.example.com did not answer in time.',
    'registry.example.com sent more than 64 MB.',
  ];
  const rows: readonly Omit<Bad, 'name' | 'says'>[] = [
    { image: 'debian:bookworm-slim', files: { x: '' }, copies: 'x', run: 'apt-get update && apt-get install -y jq' },
    {
      image: 'node:20-slim',
      files: { 'package.json': manifest.replace('ms', 'zz-nobody-knows') },
      copies: 'package.json',
      run: 'npm install',
    },
    { image: 'python:3.12-slim', files: { x: '' }, copies: 'x', run: 'pip install flask' },
    {
      image: 'debian:bookworm-slim',
      files: { x: '' },
      copies: 'x',
      run: 'curl -o /data.bin https://example.com/data.bin',
    },
    { image: 'alpine:3.20', files: { x: '' }, copies: 'x', run: 'apk add git' },
  ];
  for (const reason of reasons) {
    for (const row of rows) {
      it(`${row.run}: ${reason}`, () => {
        const answer = (): Answer<never> => ({ state: 'unknown', reason });
        const indexes: PackageIndexes = {
          distribution: answer,
          npm: answer,
          npmReleases: answer,
          pypi: answer,
          url: answer,
        };
        const { steps, step, text } = stepOf({ ...row, name: reason, says: /./ }, indexes);
        const { basis, low = 0, high = null } = step?.size ?? {};
        assert.ok(basis === 'unknown' || (basis === 'estimated' && low < (high ?? 0)), JSON.stringify(step?.size));
        assert.ok(text.includes(reason.slice(0, 30)), text);
        standsBeside(steps);
      });
    }
  }
});
