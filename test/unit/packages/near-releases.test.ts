/**
 * What stands in for releases without an index, held against real layers: `buildpack-deps` of autumn 2020 (docker-library/repo-info,
 * `repos/{debian,ubuntu,buildpack-deps}/local/*.md`, "Virtual Size"), each image less the one it stands on.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { apk } from '../../../server/src/packages/apk';
import { apt } from '../../../server/src/packages/apt';
import { openDistribution } from '../../../server/src/packages/distribution-data';
import { nearestRelease } from '../../../server/src/packages/distribution-nearest';
import { dnf } from '../../../server/src/packages/dnf';
import type { Answer, DistributionIndex, PackageProvider, StageSystem } from '../../../server/src/packages/types';
import { runProvider } from './provider-run';

const data = fileURLToPath(new URL('../../../server/src/packages/data/', import.meta.url));
const opened = new Map<string, DistributionIndex>();

function shipped(name: string): DistributionIndex {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const index = openDistribution(new Uint8Array(brotliDecompressSync(readFileSync(join(data, `${name}.br`)))));
  assert.ok(index, name);
  opened.set(name, index);
  return index;
}

const exact = (name: string): Answer<DistributionIndex> => ({
  state: 'ready',
  value: shipped(name),
  basis: 'computed',
  source: name,
});

/** As the source of distributions answers without the network. */
function distribution(of: string, suite: string): Answer<DistributionIndex> {
  const near = nearestRelease(of, suite);
  if (near === undefined) return { state: 'unknown', reason: `no figures of ${of} ${suite}` };
  const value = shipped(`${near.distribution}-${near.suite}`);
  return { state: 'ready', value, basis: 'estimated', source: near.suite, suite: near.suite, apart: near.apart };
}

function predict(provider: PackageProvider, system: Partial<StageSystem>, lines: readonly string[]) {
  let memory: unknown;
  return lines.map((line) => {
    const effect = runProvider(provider, line, { system, memory, indexes: { distribution } });
    memory = effect.memory;
    assert.equal(effect.unknown, undefined, line);
    const sum = { bytes: 0, low: 0, high: 0 };
    for (const { size } of effect.writes) {
      sum.bytes += size.bytes ?? 0;
      sum.low += size.low;
      sum.high += size.high ?? Number.POSITIVE_INFINITY;
    }
    return sum;
  });
}

const install = (names: string): string => `apt-get install -y --no-install-recommends ${names}`;
const lines = [
  install('ca-certificates curl netbase wget gnupg dirmngr tzdata'),
  install('git mercurial openssh-client subversion procps'),
  install(
    [
      'autoconf automake bzip2 dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev',
      'libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev',
      'libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool',
      'libwebp-dev libxml2-dev libxslt-dev libyaml-dev make patch unzip xz-utils zlib1g-dev default-libmysqlclient-dev',
    ].join(' '),
  ),
];

/** Bytes in millions of the three layers. */
const layers: readonly (readonly [string, string, readonly [number, number, number]])[] = [
  ['debian', 'jessie', [41.2, 123.1, 321.8]],
  ['debian', 'stretch', [31.0, 141.8, 561.1]],
  ['debian', 'buster', [34.0, 145.5, 509.9]],
  ['debian', 'bullseye', [35.3, 159.5, 536.2]],
  ['ubuntu', 'xenial', [16.6, 123.2, 382.4]],
  ['ubuntu', 'bionic', [21.0, 132.5, 401.4]],
  ['ubuntu', 'focal', [24.3, 179.3, 422.2]],
];

test('layers of seven releases of Debian and Ubuntu lie in the range, half of them within a tenth of the figure', () => {
  const errors: number[] = [];
  for (const [name, codename, truths] of layers) {
    const system = { distribution: name, codename, baseReference: `${name}:${codename}`, official: true };
    predict(apt, system, lines).forEach(({ bytes, low, high }, position) => {
      const truth = (truths[position] ?? 0) * 1e6;
      assert.ok(low <= truth && truth <= high, `${codename} ${position}: ${low} ${truth} ${high}`);
      errors.push(Math.abs(bytes / truth - 1));
    });
  }
  errors.sort((a, b) => a - b);
  assert.ok((errors[errors.length >> 1] ?? 1) < 0.1, `median error ${errors[errors.length >> 1]}`);
});

test('without an index a layer of Alpine lies in the range of a known package', () => {
  // `docker:19.03-git` less `docker:19.03`.
  const { writes } = runProvider(apk, 'apk add --no-cache git', {
    system: { distribution: 'alpine', version: '3.12' },
    indexes: {
      distribution: (name: string) =>
        name === 'alpine' ? { state: 'unknown', reason: 'No network.' } : exact('debian-trixie'),
    },
  });
  const low = writes.reduce((sum, { size }) => sum + size.low, 0);
  const high = writes.reduce((sum, { size }) => sum + (size.high ?? Number.POSITIVE_INFINITY), 0);
  assert.ok(low <= 16_060_000 && 16_060_000 <= high && high < 25_000_000, `${low} ${high}`);
});

test('a layer of Amazon Linux lies in the range of Debian’s packages of like names', () => {
  // `amazoncorretto:8` and `:11` less `amazonlinux:2`.
  for (const [line, truth] of [
    ['yum install -y java-1.8.0-amazon-corretto-devel', 181_600_000],
    ['yum install -y java-11-amazon-corretto-devel', 278_900_000],
  ] as const) {
    const { writes } = runProvider(dnf, line, { indexes: { distribution: () => exact('debian-trixie') } });
    const kept = writes.filter(({ path }) => !path.startsWith('/var/cache'));
    const low = kept.reduce((sum, { size }) => sum + size.low, 0);
    const high = kept.reduce((sum, { size }) => sum + (size.high ?? Number.POSITIVE_INFINITY), 0);
    assert.ok(low <= truth && truth <= high, `${line}: ${low} ${high}`);
  }
});

test('every release that a tag of an official image names has figures', () => {
  for (const suite of ['jessie', 'stretch', 'buster', 'bullseye', 'forky', 'sid'])
    assert.ok(nearestRelease('debian', suite), suite);
  for (const suite of ['xenial', 'bionic', 'focal', 'jammy', 'noble', 'plucky', 'questing', 'resolute'])
    assert.ok(nearestRelease('ubuntu', suite), suite);
  for (const suite of ['3.3', '3.9', '3.17', '3.22', '3.24', 'edge']) assert.ok(nearestRelease('alpine', suite), suite);
  assert.equal(nearestRelease('fedora', '43'), undefined);
});
