import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apt } from '../../../server/src/packages/apt';
import type { DistributionIndex, PackageEffect } from '../../../server/src/packages/types';
import { debianIndex, only } from './distribution-fixtures';
import { type RunSetting, runProvider, total } from './provider-run';

const setting: RunSetting = {
  system: {
    distribution: 'debian',
    version: '12',
    codename: 'bookworm',
    baseReference: 'debian:bookworm-slim',
    official: true,
  },
  indexes: only(debianIndex),
};

/** The effects of lines one after the other, as in one stage. */
function run(lines: readonly string[], more: RunSetting = {}): readonly PackageEffect[] {
  let memory: unknown;
  return lines.map((line) => {
    const effect = runProvider(apt, line, { ...setting, ...more, memory });
    memory = effect.memory;
    return effect;
  });
}

function last(lines: readonly string[], more: RunSetting = {}): PackageEffect {
  const effect = run(lines, more).at(-1);
  assert.ok(effect);
  return effect;
}

const packages = (effect: PackageEffect): readonly string[] =>
  [...new Set(effect.writes.flatMap((part) => (part.package === undefined ? [] : [part.package.name])))].sort();

const at = (effect: PackageEffect, path: string): number | null | undefined =>
  effect.writes.find((part) => part.path === path)?.size.bytes;

test('an installation brings what the package needs, with recommendations unless they are refused', () => {
  assert.deepEqual(packages(last(['apt-get install -y app'])), [
    'app',
    'app-data',
    'libapp1',
    'mta-light',
    'other-runtime',
  ]);
  assert.deepEqual(packages(last(['apt-get install -y --no-install-recommends app'])), [
    'app',
    'libapp1',
    'mta-light',
    'other-runtime',
  ]);
  const configured = { files: { '/etc/apt/apt.conf.d/99no': 'APT::Install-Recommends "0";\n' } };
  assert.ok(!packages(last(['apt-get install -y app'], configured)).includes('app-data'));
});

test('a range holds the figure, and the sum is about what the index says', () => {
  const effect = last(['apt-get install -y libapp1']);
  for (const { size } of effect.writes) {
    assert.ok(size.bytes !== null && size.high !== null);
    assert.ok(size.low <= size.bytes && size.bytes <= size.high);
  }
  const { bytes } = total(effect);
  // Half a megabyte, and dpkg's and debconf's databases.
  assert.ok(bytes !== null && bytes > 1_000_000 && bytes < 1_800_000, String(bytes));
});

test('the databases lie at their true paths', () => {
  const effect = last(['apt-get install -y app']);
  for (const path of [
    '/var/lib/dpkg/status',
    '/var/lib/dpkg/status-old',
    '/var/cache/debconf/templates.dat',
    '/var/log/dpkg.log',
  ])
    assert.ok((at(effect, path) ?? 0) > 0, path);
  // A package that asks by debconf makes a copy of the templates.
  assert.ok(at(effect, '/var/cache/debconf/templates.dat-old'));
  assert.equal(at(last(['apt-get install -y cycle-a']), '/var/cache/debconf/templates.dat-old'), undefined);
});

test('update leaves the lists; they are larger where they are not compressed', () => {
  const [official, other] = [
    last(['apt-get update']),
    last(['apt-get update'], { system: { ...setting.system, official: false } }),
  ];
  assert.deepEqual(
    official.writes.map((part) => part.path),
    ['/var/lib/apt/lists'],
  );
  assert.ok((at(other, '/var/lib/apt/lists') ?? 0) > 2 * (at(official, '/var/lib/apt/lists') ?? 0));
  assert.ok(at(other, '/var/cache/apt/pkgcache.bin'));
});

test('archives stay where docker-clean is not', () => {
  const effect = last(['apt-get install -y app'], { system: { ...setting.system, official: false } });
  assert.ok((at(effect, '/var/cache/apt/archives') ?? 0) > 8_000_000);
  assert.deepEqual(last(['apt-get clean']).removes, [
    '/var/cache/apt/archives/*',
    '/var/cache/apt/pkgcache.bin',
    '/var/cache/apt/srcpkgcache.bin',
  ]);
});

test('what an earlier command installed is not installed again', () => {
  const [, second] = run(['apt-get install -y libapp1', 'apt-get install -y libapp-dev']);
  assert.ok(second);
  assert.deepEqual(packages(second), ['cycle-a', 'cycle-b', 'libapp-dev', 'libc6-dev']);
  assert.deepEqual(packages(last(['apt-get install -y cycle-a', 'apt-get install -y cycle-a'])), []);
});

test('purge with autoremove takes along what nothing needs any more, and keeps what was asked for', () => {
  const removed = (lines: readonly string[]): readonly string[] =>
    last(lines)
      .removedPackages.map(({ name }) => name)
      .sort();
  assert.deepEqual(removed(['apt-get install -y libapp-dev', 'apt-get purge -y --auto-remove libapp-dev']), [
    'cycle-a',
    'cycle-b',
    'libapp-dev',
    'libapp1',
    'libc6-dev',
  ]);
  assert.deepEqual(removed(['apt-get install -y libapp-dev libapp1', 'apt-get purge -y --auto-remove libapp-dev']), [
    'cycle-a',
    'cycle-b',
    'libapp-dev',
    'libc6-dev',
  ]);
  assert.deepEqual(removed(['apt-get install -y libapp-dev', 'apt-get remove -y libapp-dev']), ['libapp-dev']);
  assert.deepEqual(removed(['apt-get install -y libapp-dev', 'apt-get remove -y libapp1']), ['libapp-dev', 'libapp1']);
  assert.deepEqual(removed(['apt-get remove -y nothing']), []);
});

test('documentation stays in full images', () => {
  const counted: DistributionIndex = {
    ...{ listsSize: debianIndex.listsSize, providers: (name) => debianIndex.providers(name) },
    find: (name) => {
      const found = debianIndex.find(name);
      return found && { ...found, measured: { files: 1000, documentation: 500, python: 0, database: 10 } };
    },
  };
  const bytes = (baseReference: string): number | null | undefined =>
    at(
      last(['apt-get install -y cycle-b'], { indexes: only(counted), system: { ...setting.system, baseReference } }),
      '/usr',
    );
  assert.equal(bytes('debian:bookworm-slim'), 1000);
  assert.equal(bytes('debian:bookworm'), 1500);
});

test('a name that no index knows is a range, the rest is counted', () => {
  const effect = last(['apt-get install -y cycle-a docker-ce']);
  assert.deepEqual(packages(effect), ['cycle-a', 'cycle-b', 'docker-ce']);
  const { size } = effect.writes.find((part) => part.package?.name === 'docker-ce') ?? {};
  assert.equal(size?.basis, 'estimated');
  assert.ok((size?.low ?? 0) < 150e6 && (size?.high ?? 0) > 400e6);
  assert.equal(effect.unknown, undefined);
  assert.match(effect.evidence.join(' '), /docker-ce is not in the package index of bookworm/);
});

test('a package of another number stands in, and goes again under the name that was asked for', () => {
  const effect = last(['apt-get install -y cycle-a9']);
  assert.deepEqual(packages(effect), ['cycle-a', 'cycle-b']);
  assert.match(effect.evidence.join(' '), /cycle-a \(cycle-a9\)/);
  assert.equal(effect.unknown, undefined);
  const removed = last(['apt-get install -y cycle-a9', 'apt-get purge -y cycle-a9']).removedPackages;
  assert.ok(removed.some(({ name }) => name === 'cycle-a'));
});

test('figures of another release make the range wider and say so', () => {
  const near = last(['apt-get install -y cycle-a'], {
    system: {
      distribution: 'debian',
      codename: 'bullseye',
      architecture: 'amd64',
      baseReference: 'debian:bullseye-slim',
    },
    indexes: {
      distribution: () => ({
        state: 'ready',
        value: debianIndex,
        basis: 'estimated',
        source: 'other',
        suite: 'bookworm',
        apart: { low: 0.5, middle: 0.9, high: 2 },
      }),
    },
  });
  const of = (effect: PackageEffect) =>
    effect.writes.find((part) => part.package?.name === 'cycle-a' && part.path === '/usr')?.size;
  const same = of(last(['apt-get install -y cycle-a']));
  const size = of(near);
  assert.equal(size?.basis, 'estimated');
  assert.equal(size?.bytes, Math.round((same?.bytes ?? 0) * 0.9));
  assert.ok((size?.low ?? 0) < (same?.low ?? 0) && (size?.high ?? 0) > (same?.high ?? 0));
});

test('a repository that a script adds replaces packages of the distribution', () => {
  const script = runProvider(apt, 'bash -', setting);
  assert.deepEqual(script.writes, []);
  const from = {
    name: 'curl',
    program: 'curl',
    words: [{ text: 'https://deb.nodesource.com/setup_20.x', value: 'https://deb.nodesource.com/setup_20.x' }],
  };
  const command = {
    name: 'bash',
    program: 'bash',
    words: [{ text: '-', value: '-' }],
    redirections: [],
    occurrence: 'runs' as const,
    environment: new Map(),
    user: 'root',
    start: 0,
    end: 0,
  };
  assert.ok(!apt.handles(command));
  assert.ok(apt.handles({ ...command, pipe: { from: { ...command, ...from }, to: false } }));
});

test('without an index it asks for one and says so', () => {
  const pending = runProvider(apt, 'apt-get install -y app', {
    ...setting,
    indexes: { distribution: () => ({ state: 'pending' }) },
  });
  assert.deepEqual(pending.needs, [
    { kind: 'distribution', distribution: 'debian', suite: 'bookworm', architecture: 'amd64' },
  ]);
  assert.ok(pending.unknown);
  assert.deepEqual(pending.writes, []);
  const offline = runProvider(apt, 'apt-get install -y app', { system: setting.system ?? {} });
  assert.equal(offline.unknown, 'offline');
});

test('an image of which nothing is known is taken for the usual release, within wide limits', () => {
  const effect = runProvider(apt, 'apt-get install -y cycle-a', { indexes: only(debianIndex) });
  assert.equal(effect.unknown, undefined);
  assert.match(effect.evidence.join(' '), /debian bookworm is supposed/);
  const size = effect.writes.find((part) => part.package?.name === 'cycle-a' && part.path === '/usr')?.size;
  assert.ok(size !== undefined && size.high !== null && size.high > 3 * size.low);
  assert.match(
    runProvider(apt, 'apt-get install -y app', { system: { distribution: 'alpine' } }).unknown ?? '',
    /release/,
  );
});

test('what lies in a cache mount is not in the layer', () => {
  const effect = last(['apt-get update'], { mounted: ['/var/lib/apt'] });
  assert.deepEqual(effect.writes, []);
});

test('an archive of the stage is taken for what such archives unpack to', () => {
  const effect = last(['apt-get install -y ./app.deb'], { directory: '/tmp', files: { '/tmp/app.deb': 1_000_000 } });
  assert.ok((total(effect).bytes ?? 0) > 2_000_000);
  const unseen = last(['dpkg -i /tmp/google-chrome-stable_current_amd64.deb']);
  assert.equal(unseen.unknown, undefined);
  assert.ok((total(unseen).high ?? 0) > 500e6);
});

test('patterns name packages that are there; those that are no patterns name none', () => {
  const removed = (pattern: string): readonly string[] =>
    last(['apt-get install -y cycle-a libapp1', `apt-get purge -y '${pattern}'`])
      .removedPackages.map(({ name }) => name)
      .sort();
  assert.deepEqual(removed('cycle-*'), ['cycle-a', 'cycle-b']);
  assert.deepEqual(removed('^cyc.*-b'), ['cycle-a', 'cycle-b']);
  assert.deepEqual(removed('^*'), []);
  assert.deepEqual(removed(`${'a*'.repeat(40)}b`), []);
});

test('upgrading an official image may bring what has had updates', () => {
  const index: DistributionIndex = {
    listsSize: debianIndex.listsSize,
    providers: (name) => debianIndex.providers(name),
    find: (name) => {
      const found = debianIndex.find(name);
      return found && { ...found, updated: true };
    },
  };
  const effect = last(['apt-get upgrade -y'], { indexes: only(index) });
  assert.equal(effect.unknown, undefined);
  const { bytes, high } = total(effect);
  assert.ok(bytes !== null && bytes < 50_000 && high !== null && high > 10_000_000);
});

test('a script that keeps what its programs link to: the libraries of the headers it asked for, others perhaps', () => {
  const effect = last([
    'apt-get install -y libapp-dev',
    "apt-mark auto '.*'",
    'apt-mark manual $saved',
    'apt-get purge -y --auto-remove',
  ]);
  assert.equal(effect.removedPackages.length, 5);
  const kept = effect.writes.filter((part) => part.path === '/usr');
  assert.deepEqual(
    kept.map((part) => [part.package?.name, (part.size.bytes ?? 0) > 0, part.size.low]),
    [['libapp1', true, 0]],
  );
});

test('an endless name and an endless list of names are answered', () => {
  const effect = last([
    `apt-get install -y lib${'1'.repeat(20_000)}x ${Array.from({ length: 3_000 }, (_, at) => `none-${at}`).join(' ')}`,
  ]);
  assert.equal(effect.unknown, undefined);
  assert.ok(effect.writes.length <= 1_100);
});

test('an added source brings its lists, and fetches those of the distribution where the release does so unasked', () => {
  const lists = (line: string, version = '12'): readonly string[] =>
    last([line], { system: { ...setting.system, version } })
      .writes.map(({ path }) => path)
      .filter((path) => path.startsWith('/var/lib/apt/lists'));
  const both = ['/var/lib/apt/lists', '/var/lib/apt/lists/added'];
  assert.deepEqual([...lists('add-apt-repository -y ppa:some/one')].sort(), both);
  assert.deepEqual(lists('add-apt-repository -y ppa:some/one', '11'), []);
  assert.deepEqual([...lists('add-apt-repository -y -u ppa:some/one', '11')].sort(), both);
  assert.deepEqual(lists('add-apt-repository -n ppa:some/one'), []);
  const { version: _, ...unnumbered } = setting.system ?? {};
  const open = last(['add-apt-repository -y ppa:some/one'], { system: unnumbered });
  assert.ok(open.writes.length > 2 && open.writes.every(({ size }) => size.low === 0));
  const effect = last(['add-apt-repository -n ppa:some/one']);
  assert.equal(effect.unknown, undefined);
  assert.ok((total(effect).high ?? 0) < 20_000);
  assert.deepEqual(last(['add-apt-repository --remove ppa:some/one']).writes, []);
});
