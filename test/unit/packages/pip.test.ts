import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pip } from '../../../server/src/packages/pip';
import type { PackageEffect } from '../../../server/src/packages/types';
import { type RunSetting, runProvider, total } from './provider-run';

const official: RunSetting = {
  system: { baseReference: 'python:3.12-slim', distribution: 'debian', codename: 'bookworm' },
};
const debian: RunSetting = {
  system: { baseReference: 'debian:bookworm', distribution: 'debian', codename: 'bookworm' },
};

function names(effect: PackageEffect): readonly string[] {
  return effect.writes.flatMap(({ package: each }) => (each === undefined ? [] : [each.name])).sort();
}

function paths(effect: PackageEffect): readonly string[] {
  return effect.writes.map(({ path }) => path);
}

describe('pip', () => {
  it('installs a package with what it needs, offline from the shipped table', () => {
    const effect = runProvider(pip, 'pip install --no-cache-dir flask', official);
    assert.deepEqual(names(effect), ['blinker', 'click', 'flask', 'itsdangerous', 'jinja2', 'markupsafe', 'werkzeug']);
    assert.ok(paths(effect).every((path) => path.startsWith('/usr/local/lib/python3.12/site-packages/')));
    const { bytes, low, high } = total(effect);
    assert.ok(bytes !== null && high !== null && low < bytes && bytes < high && bytes > 3e6 && bytes < 9e6);
    assert.deepEqual(effect.needs[0], { kind: 'pypi', name: 'flask', version: '' });
    assert.equal(effect.unknown, undefined);
  });

  it('keeps its cache unless told otherwise', () => {
    const cached = (line: string, more: RunSetting = {}): boolean =>
      paths(runProvider(pip, line, { ...official, ...more })).includes('/root/.cache/pip');
    assert.ok(cached('pip install flask'));
    assert.ok(!cached('pip install --no-cache-dir flask'));
    assert.ok(!cached('pip --no-cache-dir install flask'));
    assert.ok(!cached('pip install flask', { environment: { PIP_NO_CACHE_DIR: 'off' } }));
    assert.ok(!cached('pip install flask', { mounted: ['/root/.cache'] }));
  });

  it('reads requirements files with pins, includes, constraints, markers, hashes and continuations', () => {
    const files = {
      '/app/requirements.txt':
        'Flask==2.2.3  # web\n-r more/extra.txt\n-c pins.txt\nnumpy ; python_version < "3.8"\npandas==2.2.3 \\\n    --hash=sha256:00\n',
      '/app/more/extra.txt': 'uvicorn[standard]>=0.20 ; sys_platform == "linux"\n',
      '/app/pins.txt': 'click==8.1.7\n',
    };
    const effect = runProvider(pip, 'pip install --no-cache-dir -r requirements.txt', { ...official, files });
    const versions = new Map(effect.writes.map(({ package: each }) => [each?.name, each?.version]));
    assert.equal(versions.get('flask'), '2.2.3');
    assert.equal(versions.get('click'), '8.1.7');
    assert.equal(versions.get('pandas'), '2.2.3');
    assert.ok(versions.has('uvloop'), 'the extra brings uvloop');
    assert.ok(versions.has('numpy'), 'pandas needs it, the marker of its own line is false');
    assert.ok(effect.needs.some((need) => need.kind === 'pypi' && need.name === 'flask' && need.version === '2.2.3'));
  });

  it('says what cannot be read', () => {
    const effect = runProvider(
      pip,
      'pip install -r https://example.org/requirements.txt -r missing.txt $PACKAGES',
      official,
    );
    const evidence = effect.evidence.join(' ');
    assert.match(evidence, /missing\.txt/);
    assert.match(evidence, /\$PACKAGES/);
    assert.ok(effect.writes.length > 0);
    for (const { size } of effect.writes) assert.ok((size.high ?? 0) > 10 * size.low);
  });

  it('knows a name whose version is a variable', () => {
    const effect = runProvider(pip, 'pip install --no-cache-dir "six==${SIX}"', official);
    assert.deepEqual(names(effect), ['six']);
    assert.equal(effect.unknown, undefined);
  });

  it('does not count what an earlier command of the stage installed', () => {
    const first = runProvider(pip, 'pip install --no-cache-dir flask', official);
    const second = runProvider(pip, 'pip install --no-cache-dir jinja2 requests', {
      ...official,
      memory: first.memory,
    });
    assert.ok(!names(second).includes('jinja2'));
    assert.ok(names(second).includes('requests'));
    const again = runProvider(pip, 'pip install --upgrade --no-cache-dir jinja2', {
      ...official,
      memory: first.memory,
    });
    assert.deepEqual(again.removedPackages, [{ manager: 'pip', name: 'jinja2' }]);
    assert.deepEqual(names(again), ['jinja2']);
  });

  for (const [line, setting, place] of [
    ['pip install six', debian, '/usr/local/lib/python3.11/dist-packages/six'],
    ['pip3 install --user six', debian, '/root/.local/lib/python3.11/site-packages/six'],
    ['pip install six', { ...official, user: 'app' }, '/home/app/.local/lib/python3.12/site-packages/six'],
    ['/opt/venv/bin/pip install six', official, '/opt/venv/lib/python3.12/site-packages/six'],
    [
      'pip install six',
      { ...official, environment: { VIRTUAL_ENV: '/venv' } },
      '/venv/lib/python3.12/site-packages/six',
    ],
    [
      'pip install six',
      { ...official, environment: { PATH: '/app/.venv/bin:/usr/bin' } },
      '/app/.venv/lib/python3.12/site-packages/six',
    ],
    ['pip install --target=deps six', official, '/app/deps/six'],
    ['pip install -t /deps six', official, '/deps/six'],
    ['pip install --prefix /install six', official, '/install/lib/python3.12/site-packages/six'],
    [
      'python3 -m pip install six',
      { system: { distribution: 'alpine', version: '3.20.3' } },
      '/usr/lib/python3.12/site-packages/six',
    ],
    [
      'pip install six',
      { system: { baseReference: 'continuumio/miniconda3' } },
      '/opt/conda/lib/python3/site-packages/six',
    ],
    ['pip install six', { environment: { PYTHON_VERSION: '3.13.1' } }, '/usr/local/lib/python3.13/site-packages/six'],
  ] as const) {
    it(`puts packages of ${line} at ${place}`, () => {
      assert.ok(paths(runProvider(pip, line, setting)).includes(place));
    });
  }

  it('takes wheels of the stage by their own size', () => {
    const files = { '/wheels/demo_tool-1.0-py3-none-any.whl': 100_000, '/wheels/six-1.2-py2.py3-none-any.whl': 11_000 };
    const effect = runProvider(pip, 'pip install --no-index --find-links /wheels demo-tool six==1.2', {
      ...official,
      files,
    });
    assert.deepEqual(names(effect), ['demo-tool', 'six']);
    assert.deepEqual(effect.needs, []);
    const { low, high } = total(effect);
    assert.ok(low > 200_000 && high !== null && high < 1_400_000);
    const byPattern = runProvider(pip, 'pip install --no-index /wheels/*.whl', { ...official, files });
    assert.deepEqual(names(byPattern), ['demo-tool', 'six']);
  });

  it('installs a project with the dependencies of its manifest', () => {
    const files = {
      '/app/pyproject.toml':
        '[project]\nname="x"\ndependencies=["six", "idna>=2"]\n[project.optional-dependencies]\nweb=["click"]\n',
      '/app/x.py': 5000,
    };
    assert.deepEqual(names(runProvider(pip, 'pip install --no-cache-dir .', { ...official, files })), ['idna', 'six']);
    assert.deepEqual(names(runProvider(pip, 'pip install --no-cache-dir -e .[web]', { ...official, files })), [
      'click',
      'idna',
      'six',
    ]);
  });

  it('gets words as they are written where no file is called like the pattern in them', () => {
    // The shell leaves a pattern that nothing matches as it is (POSIX, 2.13.3).
    for (const line of ['pip install six[all]==1.*', 'pip install six[all]', 'pip install six==1.?']) {
      const effect = runProvider(pip, line, official);
      assert.deepEqual(names(effect), ['six'], line);
      assert.equal(effect.unknown, undefined, line);
    }
    const wheels = runProvider(pip, 'pip install /wheels/*.whl', official);
    assert.match(wheels.unknown ?? '', /whl/);
  });

  it('is put in by get-pip.py, with setuptools and wheel on older Pythons', () => {
    const old: RunSetting = { system: { ...official.system, baseReference: 'python:3.9-slim' } };
    const line = 'python3 /tmp/get-pip.py --no-cache-dir six';
    assert.deepEqual(names(runProvider(pip, line, official)), ['pip', 'six']);
    // The newest wheel needs packaging.
    assert.deepEqual(names(runProvider(pip, line, old)), ['packaging', 'pip', 'setuptools', 'six', 'wheel']);
    const chosen = 'python get-pip.py --no-cache-dir --no-setuptools --no-wheel pip==23.0.1';
    const effect = runProvider(pip, chosen, old);
    assert.deepEqual(names(effect), ['pip']);
    assert.ok((total(effect).bytes ?? 0) > 4e6 && (total(effect).high ?? 0) < 30e6);
  });

  it('takes the requirements of a project that nobody can read for those of a usual one, or none', () => {
    const computed = { '/app/setup.py': 'setup(install_requires=read())' };
    const open = runProvider(pip, 'pip install --no-cache-dir .', { ...official, files: computed });
    assert.equal(open.unknown, undefined);
    assert.match(open.evidence.join(), /Python project in \/app/);
    const needs = open.writes.filter(({ path }) => path === '/usr/local/lib/python3.12/site-packages');
    assert.deepEqual(
      needs.map(({ size }) => [size.low, size.basis]),
      [[0, 'estimated']],
    );
    assert.ok((needs[0]?.size.high ?? 0) > 100e6);
    const alone = runProvider(pip, 'pip install --no-cache-dir --no-deps .', { ...official, files: computed });
    assert.deepEqual(paths(alone), ['/usr/local/lib/python3.12/site-packages/app']);
    // Nothing to install lies there: the build fails, or something unknown has put it there.
    assert.match(runProvider(pip, 'pip install .', official).unknown ?? '', /\/app/);
  });

  it('removes, downloads and purges', () => {
    assert.deepEqual(runProvider(pip, 'pip uninstall -y six', official).removedPackages, [
      { manager: 'pip', name: 'six' },
    ]);
    assert.deepEqual(runProvider(pip, 'pip cache purge', official).removes, ['/root/.cache/pip/*']);
    const wheels = runProvider(pip, 'pip wheel --no-cache-dir --no-deps -w /wheels six', official);
    assert.ok(paths(wheels).every((path) => /^\/wheels\/six-.*\.whl$/.test(path)) && wheels.writes.length === 1);
    assert.deepEqual(runProvider(pip, 'pip list', official).writes, []);
  });

  it('makes virtual environments that later commands find', () => {
    const made = runProvider(pip, 'python -m venv /srv/py', official);
    const size = total(made).bytes ?? 0;
    assert.ok(size > 9e6 && size < 25e6);
    const later = runProvider(pip, 'pip install six', {
      ...official,
      environment: { PATH: '/srv/py/bin:/usr/bin' },
      memory: made.memory,
    });
    assert.ok(paths(later).includes('/srv/py/lib/python3.12/site-packages/six'));
    assert.ok((total(runProvider(pip, 'python3 -m venv --without-pip /v', official)).bytes ?? 1e9) < 100_000);
  });

  it('says of an unlisted package how large packages are', () => {
    const effect = runProvider(pip, 'pip install --no-cache-dir no-such-thing-at-all', official);
    const { bytes, low, high } = total(effect);
    assert.ok(bytes !== null && high !== null && low < bytes / 10 && high > bytes * 10);
    assert.equal(effect.writes[0]?.size.basis, 'estimated');
    assert.match(effect.evidence.join(' '), /no-such-thing-at-all/);
  });

  it('uses the index where it answers', () => {
    const effect = runProvider(pip, 'pip install --no-cache-dir no-such-thing-at-all==1.0', {
      ...official,
      indexes: {
        pypi: () => ({
          state: 'ready',
          basis: 'computed',
          source: 'pypi.org today',
          value: {
            unpacked: { bytes: 3e5, low: 2e5, high: 4e5, basis: 'estimated' },
            archive: 1e5,
            pure: true,
            requires: ['six'],
            version: '1.0',
          },
        }),
      },
    });
    assert.ok(names(effect).includes('six'));
    assert.ok(effect.evidence.includes('pypi.org today'));
    assert.deepEqual(effect.needs, []);
  });
});
