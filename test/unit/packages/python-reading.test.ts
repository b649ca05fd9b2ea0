import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { shareUncertainty } from '../../../server/src/packages/byte-range';
import { providers } from '../../../server/src/packages/providers';
import { readPypiRelease, wheelRank } from '../../../server/src/packages/pypi-release';
import { evaluateMarker, matchesVersion } from '../../../server/src/packages/python-marker';
import { parseRequirement, readRequirementsFile } from '../../../server/src/packages/python-requirement';
import { shippedCount, shippedPython } from '../../../server/src/packages/python-shipped';
import { readUvLock } from '../../../server/src/packages/uv-lock';
import { interpretLine } from './command-line';
import { runProvider } from './provider-run';

const environment = { minor: 12, architecture: 'amd64', extras: ['web'] };

describe('markers of PEP 508', () => {
  for (const [marker, expected] of [
    ['python_version < "3.8"', false],
    ['python_version >= "3.10" and sys_platform == "linux"', true],
    ['(os_name == "nt" or platform_machine == "x86_64") and extra == "web"', true],
    ["extra == 'test'", false],
    ['python_full_version >= "3.12.1"', true],
    ['platform_machine not in "arm64 aarch64"', true],
    ['platform_release == "5"', undefined],
    ['"3.12" > python_version', false],
    ['((((', undefined],
  ] as const) {
    it(`${marker}: ${expected}`, () => assert.equal(evaluateMarker(marker, environment), expected));
  }

  it('compares versions as PEP 440 says', () => {
    assert.equal(matchesVersion('1.4.5', '~=1.4.2'), true);
    assert.equal(matchesVersion('1.5.0', '~=1.4.2'), false);
    assert.equal(matchesVersion('2.0', '==2.*,!=2.1'), true);
    assert.equal(matchesVersion('10.0', '>9,<11'), true);
    assert.equal(matchesVersion('1.0', 'nonsense'), undefined);
  });
});

describe('requirements', () => {
  it('reads names, extras, ranges, URLs and markers', () => {
    assert.deepEqual(parseRequirement('Foo.Bar[A,b_c] >=1, <2 ; python_version > "3"'), {
      name: 'foo-bar',
      extras: ['a', 'b-c'],
      specifier: '>=1,<2',
      marker: 'python_version > "3"',
    });
    assert.equal(parseRequirement('x @ https://example.org/x.zip')?.url, 'https://example.org/x.zip');
    assert.equal(parseRequirement('foo (>=1)')?.specifier, '>=1');
    assert.equal(parseRequirement('!!'), undefined);
  });

  it('reads files line by line', () => {
    const kinds = readRequirementsFile(
      '-e .\n--index-url https://x\ngit+https://g.org/a/b.git@v1#egg=b\n./wheels/x-1-py3-none-any.whl\n-rmore.txt\n',
    ).map((line) => line.kind);
    assert.deepEqual(kinds, ['path', 'option', 'requirement', 'path', 'include']);
  });
});

describe('JSON of PyPI', () => {
  const json = {
    info: { version: '2.0.0', requires_dist: ['click>=8', 5] },
    urls: [
      { filename: 'x-2.0.0.tar.gz', size: 900 },
      { filename: 'x-2.0.0-cp312-cp312-win_amd64.whl', size: 5000 },
      { filename: 'x-2.0.0-cp312-cp312-manylinux_2_17_x86_64.whl', size: 4000 },
      { filename: 'x-2.0.0-cp39-cp39-manylinux_2_17_x86_64.whl', size: 3000 },
    ],
  };

  it('takes the wheel for Linux', () => {
    const release = readPypiRelease(json, '2.0');
    assert.equal(release?.archive, 4000);
    assert.deepEqual(release?.requires, ['click>=8']);
    assert.equal(release?.pure, false);
    assert.ok(release?.unpacked.bytes !== null && release?.unpacked.basis === 'estimated');
    assert.equal(readPypiRelease(json, '3.0'), undefined);
    assert.equal(readPypiRelease({ info: { version: '1' }, urls: [] }, '')?.archive, null);
  });

  it('ranks wheels as pip prefers them', () => {
    assert.ok(
      wheelRank('x-1-cp312-cp312-manylinux_2_17_x86_64.whl') > wheelRank('x-1-cp37-abi3-manylinux_2_17_x86_64.whl'),
    );
    assert.ok(wheelRank('x-1-cp37-abi3-manylinux_2_17_x86_64.whl') > wheelRank('x-1-py3-none-any.whl'));
    assert.ok(wheelRank('x-1-cp312-cp312-macosx_11_0_arm64.whl') < 0);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), fc.string(), (value, version) => void readPypiRelease(value, version)));
  });
});

describe('the shipped table', () => {
  it('has whole rows', () => {
    assert.ok(shippedCount > 800);
    const numpy = shippedPython('numpy');
    assert.ok(numpy !== undefined && numpy.archive !== null && numpy.archive > 1e7);
    assert.ok(numpy.unpacked.bytes !== null && numpy.unpacked.bytes > numpy.archive);
    assert.deepEqual(numpy.requires, []);
    assert.equal(shippedPython('no-such-thing'), undefined);
  });
});

describe('ranges of sums', () => {
  it('are never wider than the plain sum and keep their figures', () => {
    const size = fc.tuple(
      fc.nat(1e9),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 1, max: 3, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(size, { maxLength: 30 }), (values) => {
        const ranges = values.map(([bytes, below, above]) => ({
          bytes,
          low: Math.floor(bytes * below),
          high: Math.ceil(bytes * above),
          basis: 'estimated' as const,
        }));
        shareUncertainty(ranges).forEach((shared, index) => {
          const range = ranges[index];
          assert.ok(range !== undefined && shared.bytes === range.bytes && shared.high !== null);
          assert.ok(
            shared.low >= range.low &&
              shared.high <= range.high &&
              shared.low <= shared.bytes &&
              shared.bytes <= shared.high,
          );
        });
      }),
    );
  });
});

describe('no provider throws', () => {
  const programs = [
    'pip',
    'uv',
    'poetry',
    'pipenv',
    'conda',
    'go',
    'cargo',
    'mvn',
    'gradle',
    'dotnet',
    'composer',
    'bundle',
    'gem',
    'make',
    'cmake',
  ];
  const words = [
    'install',
    'build',
    'sync',
    'mod',
    'download',
    '-r',
    '--requirement=',
    '-',
    '--',
    '-o',
    '.',
    '/',
    '*',
    '$X',
    '-e',
    'a/b@c',
    '..',
    'env',
    'create',
    '-f',
    'tool',
    'publish',
  ];

  it('for any command line and any lock file', () => {
    const files = fc.dictionary(
      fc.constantFrom(
        '/app/uv.lock',
        '/app/poetry.lock',
        '/app/Pipfile.lock',
        '/app/Cargo.lock',
        '/app/go.sum',
        '/app/go.mod',
        '/app/composer.lock',
        '/app/Gemfile.lock',
        '/app/pyproject.toml',
        '/app/-f',
        '/app/x.csproj',
        '/app/requirements.txt',
      ),
      fc.oneof(fc.string(), fc.json(), fc.constant('version = 1\n[[package]]\nname = 5\n')),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string())),
        files,
        (program, given, contents) => {
          const line = [program, ...given].join(' ').trim();
          const provider = providers.find(
            (each) => each.manager !== 'apt' && each.handles(interpretLine(program, '/app', 'root', {})),
          );
          if (provider !== undefined) {
            for (const { size } of runProvider(provider, line, { files: contents }).writes) {
              assert.ok(
                size.low >= 0 &&
                  (size.bytes === null || size.bytes >= size.low) &&
                  (size.high === null || size.bytes === null || size.high >= size.bytes),
              );
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('for a lock file without end', () => {
    const text = `version = 1\n${'[[package]]\nname = "a"\nsource = { virtual = "." }\ndependencies = [{ name = "a" }]\n'.repeat(2000)}`;
    const reading = readUvLock(text, {
      environment: { minor: 12, architecture: 'amd64' },
      groups: 'all',
      withoutGroups: [],
      extras: 'all',
      onlyGroups: false,
    });
    assert.equal(reading.kind, 'read');
  });
});
