import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openDistribution, packDistribution, packPackages } from '../../../server/src/packages/distribution-data';
import { readPackages } from '../../../server/src/packages/distribution-parse';
import { alpineIndex, debianIndex, debianPacked, packagesText } from './distribution-fixtures';

test('a package comes out of the packed index as it stands in the index, sizes in bytes', () => {
  assert.deepEqual(debianIndex.find('app'), {
    name: 'app',
    version: '1.0-1',
    installedSize: 1_024_000,
    archiveSize: 293 * 1024,
    depends: [['libapp1'], ['runtime', 'other-runtime'], ['debconf', 'debconf-2.0']],
    recommends: [['app-data'], ['gone']],
    provides: [],
    conflicts: [],
    priority: 'optional',
    exact: ['libapp1'],
    stanzaSize: 224,
  });
});

test('of several versions the newest stays; what is no package is left out', () => {
  assert.equal(debianIndex.find('libapp1')?.installedSize, 512_000);
  assert.equal(debianIndex.find('no-version'), undefined);
  assert.equal(debianIndex.find('../../bad name'), undefined);
  assert.equal(debianIndex.find(''), undefined);
  assert.equal(debianIndex.find('zzz'), undefined);
  assert.equal(debianIndex.find('g++')?.version, '4:12.2');
});

test('providers of a virtual package', () => {
  assert.deepEqual(debianIndex.providers('mail-agent'), ['mta-extra', 'mta-light']);
  assert.deepEqual(debianIndex.providers('app'), []);
});

test('packages of updates are marked', () => {
  const text = 'Package: libapp1\nVersion: 1.0-1+deb12u1\nInstalled-Size: 501\n';
  const packed = packDistribution([
    { url: '', kind: 'packages', suite: 'bookworm', component: 'main', text: packagesText },
    { url: '', kind: 'packages', suite: 'bookworm-security', component: 'main', text },
  ]);
  const index = openDistribution(packed);
  assert.equal(index?.find('libapp1')?.updated, true);
  assert.equal(index?.find('app')?.updated, undefined);
});

test('Alpine tells bytes, and what comes along by itself', () => {
  assert.equal(alpineIndex.find('curl')?.installedSize, 262_345);
  assert.deepEqual(alpineIndex.providers('so:libcurl.so.4'), ['libcurl']);
  assert.deepEqual(alpineIndex.conditional, [['curl-bash-completion', 'curl', 'bash-completion']]);
});

test('measured contents of a near version stand in, in proportion', () => {
  const packages = [...readPackages(packagesText).values()];
  const counted = packages.map((of) =>
    of.name === 'app'
      ? { ...of, installedSize: 512_000, measured: { files: 400_000, documentation: 1000, python: 0, database: 77 } }
      : of,
  );
  const shipped = openDistribution(packPackages(counted, { family: 'debian', indexes: [], releases: 0 }));
  const live = openDistribution(debianPacked, shipped);
  assert.deepEqual(live?.find('app')?.measured, { files: 800_000, documentation: 2000, python: 0, database: 77 });
  assert.equal(live?.find('libapp1')?.measured, undefined);
});

test('damaged values are not opened', () => {
  assert.equal(openDistribution(new Uint8Array()), undefined);
  assert.equal(openDistribution(debianPacked.subarray(0, debianPacked.length - 1)), undefined);
  assert.equal(openDistribution(new TextEncoder().encode('<html>no index</html>')), undefined);
  const other = debianPacked.slice();
  other[30] = 0;
  assert.equal(openDistribution(other), undefined);
});

test('any text can be packed and opened', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '',
      'Package: a',
      'Package: b',
      'Version: 1',
      'Depends: a | b,, (=) ',
      'Provides: ,x',
      'Installed-Size: -5',
      'P:a',
      'V:1',
      'i:a b',
    ),
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('packages' as const, 'apkindex' as const), (lines, kind) => {
      const packed = packDistribution([{ url: '', kind, suite: 'x', component: '', text: lines.join('\n') }]);
      const index = openDistribution(packed);
      assert.ok(index);
      index.find('a');
      index.providers('x');
    }),
    { numRuns: 200 },
  );
});
