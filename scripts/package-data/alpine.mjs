// @ts-check
// Makes the shipped figures of Alpine's packages from its indexes:
//   node --import tsx scripts/package-data/alpine.mjs [--release 3.22] [--mirror URL]                  fetches main and community
//   node --import tsx scripts/package-data/alpine.mjs --release 3.22 --index FILE… [--work DIR]        takes APKINDEX files that are there
// Of several files the first that has a package counts, so the newest comes first. What is kept are sizes, dependencies and names of the
// packages that people install most (alpine-packages.txt) and of what these need. What a dependency names by shared object, command or
// pkg-config file is looked up here, so that only names of packages remain.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { openDistribution, packPackages } from '../../server/src/packages/distribution-data.ts';
import { readAlpineIndex } from '../../server/src/packages/distribution-parse.ts';
import { resolve } from '../../server/src/packages/distribution-resolve.ts';
import { root } from '../steps.mjs';

/** @typedef {import('../../server/src/packages/types').DistributionPackage} DistributionPackage */

const execute = promisify(execFile);
const DATA = path.join(root, 'server/src/packages/data');
const SEEDS = path.join(root, 'scripts/package-data/alpine-packages.txt');

const { values: options } = parseArgs({
  options: {
    release: { type: 'string', default: '3.22' },
    mirror: { type: 'string', default: 'https://dl-cdn.alpinelinux.org/alpine' },
    index: { type: 'string', multiple: true, default: [] },
  },
});

/** Texts of the APKINDEX files, the first the most trusted. @returns {Promise<string[]>} */
async function texts() {
  if (options.index.length > 0) return options.index.map((file) => readFileSync(file, 'utf8'));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'strata-alpine-'));
  try {
    const found = [];
    for (const component of ['main', 'community']) {
      const archive = path.join(folder, `${component}.tar.gz`);
      const answer = await fetch(`${options.mirror}/v${options.release}/${component}/x86_64/APKINDEX.tar.gz`);
      if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
      writeFileSync(archive, new Uint8Array(await answer.arrayBuffer()));
      const { stdout } = await execute('tar', ['-xzOf', archive, 'APKINDEX'], { maxBuffer: 1 << 28 });
      found.push(stdout);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each index by itself, so that what one names by version is looked up where that version is. */
const indexes = (await texts()).map((text) => ({ packages: readAlpineIndex(text), text }));
/** @type {Map<string, DistributionPackage>} */
const merged = new Map();
/** Names that are provided, without the version of a shared object: `so:libicuuc.so.76` is `so:libicuuc.so`. @type {Map<string, string[]>} */
const providers = new Map();
const plain = (/** @type {string} */ name) => name.replace(/(\.so)\.[\d.]+$/, '$1').replace(/-[\d.]+(\.so)$/, '$1');

for (const { packages } of indexes)
  for (const [name, found] of packages) {
    if (merged.has(name)) continue;
    merged.set(name, found);
    for (const one of found.provides)
      for (const as of new Set([one, plain(one)])) providers.set(as, [...(providers.get(as) ?? []), name]);
  }

/** The package that a dependency means; undefined when none of the indexes has it. @param {string} needed */
function meant(needed) {
  if (merged.has(needed)) return needed;
  const exact = providers.get(needed) ?? providers.get(plain(needed)) ?? [];
  // Of several the one with the shortest name: the others are variants of it.
  return [...exact].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

const known = [...merged.values()].map((of) => ({
  ...of,
  depends: [...new Set(of.depends.flatMap((group) => group.flatMap((name) => meant(name) ?? [])))]
    .filter((name) => name !== of.name)
    .map((name) => [name]),
  provides: of.provides.filter((name) => !/^(so|cmd|pc|py\d[.\d]*):|^\//.test(name)),
  installIf: (of.installIf ?? []).every((name) => merged.has(name)) ? of.installIf : [],
}));

const opened = openDistribution(packPackages(known, { family: 'alpine', indexes: [], releases: 0 }));
if (opened === undefined) throw new Error('the index cannot be read back');
const seeds = readFileSync(SEEDS, 'utf8')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .flatMap((line) => line.split(/\s+/))
  .filter((name) => name !== '');
/** @type {Map<string, DistributionPackage>} */
const kept = new Map();
const absent = [];
for (const name of seeds) {
  const { added, missing } = resolve(opened, new Set(), [name], { recommends: false });
  absent.push(...missing);
  for (const of of added) kept.set(of.name, of);
}
// What comes along by itself with what is kept, but for documentation and translations, which come with their own packages only.
for (const of of known)
  if (
    (of.installIf ?? []).length > 0 &&
    of.installIf?.every((name) => kept.has(name)) &&
    !/-(doc|lang|dbg)$/.test(of.name)
  )
    kept.set(of.name, of);

const rows = [...kept.values()].map(({ conflicts: _, ...of }) => ({
  ...of,
  version: of.version.replace(/-r\d+$/, ''),
  conflicts: [],
  archiveSize: of.archiveSize,
}));
const packed = packPackages(rows, {
  family: 'alpine',
  // What `update` leaves is that of main and community, which is four times as long (3.20).
  indexes: [indexes[0]?.text.length ?? 0, (indexes[0]?.text.length ?? 0) * 4],
  releases: 0,
});
const small = brotliCompressSync(packed, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
});
const newest = Math.max(
  ...indexes.map(({ text }) =>
    Math.max(...[...text.matchAll(/^t:(\d+)$/gm)].slice(-4000).map(([, time]) => Number(time))),
  ),
);
const date = new Date(newest * 1000).toISOString().slice(0, 10);
writeFileSync(path.join(DATA, 'alpine-main.br'), small);
const about = { main: { date, release: options.release, architecture: 'x86_64', packages: rows.length } };
writeFileSync(path.join(DATA, 'alpine.json'), `${JSON.stringify(about, undefined, 2)}\n`);
console.log(`${rows.length} packages of ${date}, ${packed.length} bytes, ${small.length} compressed`);
console.log(`in no index: ${absent.join(' ')}`);
