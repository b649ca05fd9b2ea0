// @ts-check
// Makes the shipped data of Debian's packages from the real indexes and archives:
//   node --import tsx scripts/package-data/debian.mjs [--suite NAME]… [--mirror URL] [--security URL] [--work DIR] [--no-archives] [--most-used]
// With --most-used only what people install most and what that needs is kept, for a suite whose other packages the next one stands in for.
// Without --mirror it takes what apt on this machine uses. Names, versions, sizes and relations of all packages come from the indexes of
// the suite, its updates and its security updates; the archives of what people install most (debian-packages.txt and what that needs)
// are fetched and counted file by file. Runs on Debian with apt; a run that was interrupted goes on where it stopped.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import tar from 'tar-stream';
import { openDistribution, packPackages } from '../../server/src/packages/distribution-data.ts';
import { readPackages } from '../../server/src/packages/distribution-parse.ts';
import { resolve } from '../../server/src/packages/distribution-resolve.ts';
import { root } from '../steps.mjs';

/** @typedef {import('../../server/src/packages/types').DistributionPackage} DistributionPackage */
/** @typedef {import('../../server/src/packages/types').PackageContents} PackageContents */

const execute = promisify(execFile);
const DATA = path.join(root, 'server/src/packages/data');
const SEEDS = path.join(root, 'scripts/package-data/debian-packages.txt');
/** Archives above this say the same of themselves as the index, to a per cent. */
const LARGEST_ARCHIVE = 150_000_000;

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true, default: ['bookworm', 'trixie'] },
    mirror: { type: 'string' },
    security: { type: 'string' },
    work: { type: 'string', default: path.join(os.tmpdir(), 'strata-debian-data') },
    'no-archives': { type: 'boolean', default: false },
    'most-used': { type: 'boolean', default: false },
  },
});

async function mirrors() {
  const { stdout } = await execute('apt-get', ['indextargets', '--format', '$(SITE)']);
  const sites = stdout.split('\n').filter((site) => /debian/.test(site));
  const main = options.mirror ?? sites.find((site) => !/security/.test(site)) ?? 'http://deb.debian.org/debian';
  const security =
    options.security ?? sites.find((site) => /security/.test(site)) ?? 'http://deb.debian.org/debian-security';
  return { main: main.replace(/\/$/, ''), security: security.replace(/\/$/, '') };
}

/** An apt of its own that knows one suite and nothing of this machine's packages. @param {string} suite */
async function aptOf(suite) {
  const { main, security } = await mirrors();
  const folder = path.join(options.work, suite);
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'archives'])
    mkdirSync(path.join(folder, name), { recursive: true });
  const key = '[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  writeFileSync(
    path.join(folder, 'sources.list'),
    [
      `deb ${key} ${main} ${suite} main`,
      `deb ${key} ${main} ${suite}-updates main`,
      `deb ${key} ${security} ${suite}-security main`,
      '',
    ].join('\n'),
  );
  writeFileSync(path.join(folder, 'status'), '');
  const settings = [
    `Dir::State=${folder}/state`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    'APT::Architecture=amd64',
    'APT::Architectures::=amd64',
    'Acquire::Languages=none',
    'Acquire::GzipIndexes=false',
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  return { folder, settings };
}

/**
 * Counts one archive.
 * @param {string} file
 * @returns {Promise<PackageContents>}
 */
async function contentsOf(file) {
  const counted = { files: 0, documentation: 0, python: 0, database: 0 };
  let paths = 0;
  await entries(file, '--fsys-tarfile', (header) => {
    const name = header.name.replace(/^\.?\//, '/').replace(/\/$/, '');
    // `dpkg` writes one line for every entry into its list of the package.
    paths += name.length + 1;
    if (header.type !== 'file') return;
    const size = header.size ?? 0;
    const left = /^\/usr\/share\/(doc|groff|info|linda|lintian|locale|man)\//.test(name);
    if (left && !/^\/usr\/share\/doc\/[^/]+\/copyright$|^\/usr\/share\/locale\/locale\.alias$/.test(name))
      counted.documentation += size;
    else counted.files += size;
    if (/^\/usr\/(lib|share)\/python3(\.\d+)?\/.*\.py$/.test(name)) counted.python += size;
  });
  await entries(file, '--ctrl-tarfile', (header) => {
    if (header.type === 'file' && !/^(\.\/)?control$/.test(header.name)) counted.database += header.size ?? 0;
  });
  counted.database += paths;
  return counted;
}

/**
 * @param {string} file
 * @param {string} member
 * @param {(header: import('tar-stream').Headers) => void} visit
 */
function entries(file, member, visit) {
  return new Promise((done, failed) => {
    const child = spawn('dpkg-deb', [member, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const extract = tar.extract();
    extract.on('entry', (header, stream, next) => {
      visit(header);
      stream.on('end', next);
      stream.resume();
    });
    extract.on('finish', () => done(undefined));
    extract.on('error', failed);
    child.on('error', failed);
    child.stdout.pipe(extract);
  });
}

/**
 * What people install most, and what that needs.
 * @param {string} suite
 * @param {Map<string, DistributionPackage>} packages
 */
function mostUsed(suite, packages) {
  const seeds = readFileSync(SEEDS, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+/).map((name) => ({ name, recommends: line.startsWith('+') })))
    .filter(({ name }) => packages.has(name));
  const opened = openDistribution(packPackages(packages.values(), { family: 'debian', indexes: [], releases: 0 }));
  if (opened === undefined) throw new Error(`the index of ${suite} cannot be read back`);
  /** @type {Map<string, DistributionPackage>} */
  const wanted = new Map();
  // Each by itself: together they exclude one another.
  for (const { name, recommends } of seeds)
    for (const found of resolve(opened, new Set(), [name], { recommends }).added) wanted.set(found.name, found);
  return wanted;
}

/**
 * @param {string} suite
 * @param {Map<string, DistributionPackage>} packages
 * @param {{folder: string, settings: string[]}} apt
 * @returns {Promise<Record<string, PackageContents>>} by name and version
 */
async function countArchives(suite, packages, apt) {
  const store = path.join(apt.folder, 'contents.json');
  /** @type {Record<string, PackageContents>} */
  const known = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {};
  const wanted = mostUsed(suite, packages);
  const left = [...wanted.values()].filter(
    ({ name, version, archiveSize }) => known[`${name} ${version}`] === undefined && archiveSize < LARGEST_ARCHIVE,
  );
  console.log(`${suite}: ${wanted.size} packages to count, ${left.length} archives to fetch`);
  const archives = path.join(apt.folder, 'archives');
  for (let start = 0; start < left.length; start += 40) {
    const some = left.slice(start, start + 40);
    const names = some.map(({ name, version }) => `${name}=${version}`);
    await execute('apt-get', [...apt.settings, '-qq', 'download', ...names], { cwd: archives });
    for (const file of readdirSync(archives)) {
      const archive = path.join(archives, file);
      const { stdout } = await execute('dpkg-deb', ['--show', '--showformat=${Package} ${Version}', archive]);
      known[stdout] = await contentsOf(archive);
      rmSync(archive);
    }
    writeFileSync(store, JSON.stringify(known));
    console.log(`${suite}: ${Math.min(start + 40, left.length)} of ${left.length}`);
  }
  return known;
}

/** Packages that Dockerfiles do not install and that are a quarter of the index. @param {string} name */
const seldom = (name) => /^(librust-.*-dev|golang-.*-dev|libghc-.*-(dev|doc|prof)|haskell-.*|.*-l10n-.*)$/.test(name);

/** @param {string} suite */
async function make(suite) {
  const apt = await aptOf(suite);
  console.log(`${suite}: reading the indexes`);
  await execute('apt-get', [...apt.settings, '-qq', 'update']);
  const lists = path.join(apt.folder, 'state/lists');
  /** @type {Map<string, DistributionPackage>} */
  const packages = new Map();
  const indexes = [];
  let releases = 0;
  let date = '';
  for (const name of readdirSync(lists).sort()) {
    if (!/_(Packages|InRelease)$/.test(name)) continue;
    const text = readFileSync(path.join(lists, name), 'utf8');
    if (name.endsWith('_Packages')) {
      indexes.push(text.length);
      readPackages(text, packages, /-(updates|security)_/.test(name));
    } else {
      releases += text.length;
      const said = new Date(/^Date: (.*)$/m.exec(text)?.[1] ?? 0).toISOString().slice(0, 10);
      if (said > date) date = said;
    }
  }
  const counted = options['no-archives'] ? {} : await countArchives(suite, packages, apt);
  const kept = options['most-used'] ? mostUsed(suite, packages) : packages;
  const rows = [...kept.values()]
    .filter(({ name }) => !seldom(name))
    .map((found) => {
      const measured = counted[`${found.name} ${found.version}`];
      return measured === undefined ? found : { ...found, measured };
    });
  const packed = packPackages(rows, { family: 'debian', indexes, releases });
  const small = brotliCompressSync(packed, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: packed.length,
    },
  });
  writeFileSync(path.join(DATA, `debian-${suite}.br`), small);
  console.log(`${suite}: ${rows.length} packages of ${date}, ${packed.length} bytes, ${small.length} compressed`);
  return { date, architecture: 'amd64', packages: rows.length, ...(options['most-used'] && { partial: true }) };
}

mkdirSync(DATA, { recursive: true });
const table = path.join(DATA, 'debian.json');
/** @type {Record<string, unknown>} */
const suites = existsSync(table) ? JSON.parse(readFileSync(table, 'utf8')) : {};
for (const suite of options.suite) suites[suite] = await make(suite);
writeFileSync(table, `${JSON.stringify(suites, undefined, 2)}\n`);
