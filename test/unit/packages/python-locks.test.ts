import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pipenv } from '../../../server/src/packages/pipenv';
import { poetry } from '../../../server/src/packages/poetry';
import type { PackageEffect } from '../../../server/src/packages/types';
import { uv } from '../../../server/src/packages/uv';
import { runProvider, total } from './provider-run';

const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/packages/${path}`, import.meta.url), 'utf8');
const system = { baseReference: 'python:3.12-slim' };

function names(effect: PackageEffect): readonly string[] {
  return effect.writes.flatMap(({ package: each }) => (each === undefined ? [] : [each.name])).sort();
}

describe('uv', () => {
  const files = { '/app/uv.lock': fixture('uv/uv.lock'), '/app/pyproject.toml': fixture('uv/pyproject.toml') };

  it('installs the packages of uv.lock into .venv, development ones too', () => {
    const effect = runProvider(uv, 'uv sync --frozen', { system, files });
    assert.deepEqual(names(effect), ['click', 'demo-native', 'iniconfig', 'pytest']);
    assert.ok(effect.writes.some(({ path }) => path === '/app/.venv/lib/python3.12/site-packages/click'));
  });

  it('leaves development, other systems and unwanted extras out', () => {
    assert.deepEqual(names(runProvider(uv, 'uv sync --no-dev', { system, files })), ['click', 'demo-native']);
    assert.deepEqual(names(runProvider(uv, 'uv sync --no-dev --extra web', { system, files })), [
      'click',
      'demo-native',
      'h11',
    ]);
    assert.deepEqual(names(runProvider(uv, 'uv sync --only-group dev', { system, files })), ['iniconfig', 'pytest']);
  });

  it('takes the size of the wheel for Linux from the lock', () => {
    const effect = runProvider(uv, 'uv sync --no-dev', { system, files });
    const native = effect.writes.find(({ package: each }) => each?.name === 'demo-native');
    assert.ok(
      native !== undefined && native.size.bytes !== null && native.size.bytes > 2e6 && native.size.bytes < 4.5e6,
    );
    assert.deepEqual(effect.needs, []);
  });

  it('compiles only when told', () => {
    const plain = total(runProvider(uv, 'uv sync --no-dev', { system, files })).bytes ?? 0;
    const compiled =
      total(runProvider(uv, 'uv sync --no-dev', { system, files, environment: { UV_COMPILE_BYTECODE: '1' } })).bytes ??
      0;
    assert.ok(compiled > plain);
  });

  it('says of a newer format and of damage that it does not know', () => {
    const newer = runProvider(uv, 'uv sync', { system, files: { '/app/uv.lock': 'version = 9\n' } });
    assert.match(newer.unknown ?? '', /version 9/);
    const cut = runProvider(uv, 'uv sync', { system, files: { '/app/uv.lock': fixture('uv/uv.lock').slice(0, 300) } });
    assert.match(cut.unknown ?? '', /uv\.lock/);
    const absent = runProvider(uv, 'uv sync', { system });
    assert.match(absent.evidence.join(' '), /uv\.lock/);
    assert.ok(absent.writes.every(({ size }) => (size.high ?? 0) > 10 * size.low));
  });

  it('keeps what a cache mount holds out of the layer', () => {
    const effect = runProvider(uv, 'uv sync', { system, files, mounted: ['/root/.cache/uv'] });
    assert.ok(effect.writes.every(({ path }) => !path.startsWith('/root/.cache')));
  });

  it('installs as pip does', () => {
    const effect = runProvider(uv, 'uv pip install --system --no-cache six', { system });
    assert.deepEqual(
      effect.writes.map(({ path }) => path),
      ['/usr/local/lib/python3.12/site-packages/six'],
    );
  });
});

describe('poetry', () => {
  const files = {
    '/app/poetry.lock': fixture('poetry/poetry.lock'),
    '/app/pyproject.toml': fixture('poetry/pyproject.toml'),
  };

  it('reads groups of lock version 2.1', () => {
    assert.deepEqual(names(runProvider(poetry, 'poetry install --no-root', { system, files })), [
      'click',
      'iniconfig',
      'six',
    ]);
    assert.deepEqual(names(runProvider(poetry, 'poetry install --no-root --only main', { system, files })), [
      'click',
      'six',
    ]);
    assert.deepEqual(names(runProvider(poetry, 'poetry install --without dev', { system, files })), ['click', 'six']);
  });

  it('follows the manifest where the lock tells no groups', () => {
    const older = files['/app/poetry.lock']
      .replaceAll(/^groups = .*$/gm, '')
      .replace('lock-version = "2.1"', 'lock-version = "2.0"');
    assert.deepEqual(
      names(
        runProvider(poetry, 'poetry install --only main', { system, files: { ...files, '/app/poetry.lock': older } }),
      ),
      ['click', 'six'],
    );
  });

  it('installs into the system where virtual environments are switched off', () => {
    const configured = runProvider(poetry, 'poetry config virtualenvs.create false', { system });
    const effect = runProvider(poetry, 'poetry install --no-root', { system, files, memory: configured.memory });
    assert.ok(effect.writes.some(({ path }) => path === '/usr/local/lib/python3.12/site-packages/click'));
  });

  it('says of damage that it does not know', () => {
    assert.match(
      runProvider(poetry, 'poetry install', { system, files: { '/app/poetry.lock': '[[package' } }).unknown ?? '',
      /poetry\.lock/,
    );
  });
});

describe('pipenv', () => {
  const files = { '/app/Pipfile.lock': fixture('pipenv/Pipfile.lock') };

  it('reads the sections of Pipfile.lock', () => {
    assert.deepEqual(names(runProvider(pipenv, 'pipenv install --system --deploy', { system, files })), [
      'click',
      'six',
    ]);
    assert.deepEqual(names(runProvider(pipenv, 'pipenv sync --dev --system', { system, files })), [
      'click',
      'iniconfig',
      'six',
    ]);
  });

  it('says of damage and newer formats that it does not know', () => {
    for (const text of ['{"_meta": {', '[]', '{"_meta": {"pipfile-spec": 9}}']) {
      assert.match(
        runProvider(pipenv, 'pipenv sync', { system, files: { '/app/Pipfile.lock': text } }).unknown ?? '',
        /Pipfile\.lock/,
      );
    }
  });
});
