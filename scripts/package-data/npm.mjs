// @ts-check
// Makes server/src/packages/data/npm-releases.json: node scripts/package-data/npm.mjs [--work FOLDER]
//
// npm itself resolves the manifests of npm-projects.json and fetches the archives into a cache of its own; each archive is then read
// from there. So the table holds what npm installs for these projects: bytes of the files, of the archive, and how many files. Some
// registries do not tell these (`dist.unpackedSize`), and none tells the archive's size. A folder given by --work keeps lock files and
// cache, so that another run goes on where the last one ended.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.resolve(here, '../../server/src/packages/data/npm-releases.json');
const at = process.argv.indexOf('--work');
const work = at > 0 ? path.resolve(process.argv[at + 1] ?? '') : fs.mkdtempSync(path.join(os.tmpdir(), 'npm-data-'));
const cache = path.join(work, 'cache');

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const common = ['--cache', cache, '--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'];
  return spawnSync('npm', [...args, ...common], { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
}

/**
 * The lock file of a manifest, made when it is not there yet.
 * @param {string} name @param {object} manifest @returns {Record<string, any>} its packages
 */
function locked(name, manifest) {
  const folder = path.join(work, 'proj', name);
  const file = path.join(folder, 'package-lock.json');
  const text = JSON.stringify({ name, version: '1.0.0', private: true, ...manifest });
  if (!fs.existsSync(file)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), text);
    const options = ['--package-lock-only', '--legacy-peer-deps', '--omit-lockfile-registry-resolved=false'];
    const made = npm(['install', ...options], folder);
    if (made.status !== 0) process.stderr.write(`${name}: ${made.stderr.slice(0, 500)}\n`);
  }
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).packages : {};
}

/** @param {string} integrity @returns {string | undefined} the archive in npm's cache (cacache, `content-v2`) */
function contentOf(integrity) {
  for (const one of integrity.split(' ')) {
    const [algorithm = '', digest = ''] = one.split('-', 2);
    const hex = Buffer.from(digest, 'base64').toString('hex');
    const file = path.join(cache, '_cacache/content-v2', algorithm, hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
    if (fs.existsSync(file)) return file;
  }
  return undefined;
}

/**
 * Bytes and number of the regular files of a gzipped tar archive.
 * @param {Buffer} archive
 */
function measure(archive) {
  const tar = gunzipSync(archive);
  let bytes = 0;
  let files = 0;
  let longSize = -1;
  for (let offset = 0; offset + 512 <= tar.length; ) {
    const header = tar.subarray(offset, offset + 512);
    if (header[0] === 0) break;
    const type = String.fromCharCode(header[156] ?? 0);
    const octal = header.toString('latin1', 124, 136).replace(/[\0 ]+$/, '');
    let size = (header[124] ?? 0) & 0x80 ? header.readUIntBE(130, 6) : Number.parseInt(octal || '0', 8);
    const body = tar.subarray(offset + 512, offset + 512 + size);
    if (type === 'x') {
      const found = /\d+ size=(\d+)\n/.exec(body.toString('utf8'));
      longSize = found ? Number(found[1]) : -1;
    } else {
      if (longSize >= 0) size = longSize;
      longSize = -1;
      if (type === '0' || type === '\0' || type === '7') {
        bytes += size;
        files += 1;
      }
    }
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return { bytes, files };
}

/** @param {any} entry */
function runsOnLinux(entry) {
  const list = Array.isArray(entry.os) ? entry.os : [];
  return (
    list.length === 0 || list.includes('linux') || list.every((/** @type {string} */ each) => each.startsWith('!'))
  );
}

/** @type {Map<string, Map<string, {bytes: number, archive: number, files: number, needs: Map<string, string>}>>} */
const releases = new Map();

/**
 * The release of each package that one needs, as Node would find it from its folder. Those that the lock file leaves out are not there.
 * @param {string} place @param {any} entry @param {Map<string, any>} all @returns {Map<string, string>} versions by name
 */
function needsOf(place, entry, all) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
    for (let above = place; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/node_modules/')))) {
      const one = all.get(`${above === '' ? '' : `${above}/`}node_modules/${name}`);
      if (one !== undefined) found.set(one.name ?? name, one.version);
      if (one !== undefined || above === '') break;
    }
  }
  return found;
}

const projects = JSON.parse(fs.readFileSync(path.join(here, 'npm-projects.json'), 'utf8'));
for (const [project, manifest] of Object.entries(projects)) {
  const entries = Object.entries(locked(project, manifest)).filter(
    ([place, entry]) => place.includes('node_modules/') && /^https?:/.test(entry.resolved ?? '') && runsOnLinux(entry),
  );
  const absent = [
    ...new Set(entries.filter(([, one]) => !contentOf(one.integrity ?? '')).map(([, one]) => one.resolved)),
  ];
  for (let from = 0; from < absent.length; from += 100) {
    const added = npm(['cache', 'add', ...absent.slice(from, from + 100)], work);
    if (added.status !== 0) process.stderr.write(`${project}: ${added.stderr.slice(0, 500)}\n`);
  }
  let missing = 0;
  const all = new Map(entries);
  for (const [place, entry] of entries) {
    const name = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const versions = releases.get(name) ?? new Map();
    if (versions.has(entry.version)) continue;
    const file = contentOf(entry.integrity ?? '');
    if (file === undefined) {
      missing += 1;
      continue;
    }
    const archive = fs.readFileSync(file);
    const needs = needsOf(place, entry, all);
    versions.set(entry.version, { ...measure(archive), archive: archive.length, needs });
    releases.set(name, versions);
  }
  process.stderr.write(`${project}: ${entries.length} packages${missing > 0 ? `, ${missing} not fetched` : ''}\n`);
}

/** @param {string} left @param {string} right newest last */
function byVersion(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}

const names = [...releases.keys()].sort();
const position = new Map(names.map((name, index) => [name, index]));
/** @param {string} name oldest first */
const versionsOf = (name) => [...(releases.get(name)?.keys() ?? [])].sort(byVersion);

/**
 * The number of the package's row, and that of its release there unless it is the newest.
 * @param {string} name @param {string} version
 */
function reference(name, version) {
  const row = position.get(name);
  if (row === undefined) return [];
  const versions = versionsOf(name);
  const release = versions.indexOf(version);
  const plain = release < 0 || release === versions.length - 1;
  return [plain ? row.toString(36) : `${row.toString(36)}:${release.toString(36)}`];
}

const rows = names.map((name) => {
  const versions = versionsOf(name);
  const of = (/** @type {string} */ version) => releases.get(name)?.get(version);
  const columns = versions.map((version) => {
    const { bytes = 0, archive = 0, files = 0 } = of(version) ?? {};
    return [version, bytes.toString(36), archive.toString(36), files.toString(36)].join(':');
  });
  const needs = versions.map((version) =>
    [...(of(version)?.needs ?? [])].flatMap(([each, needed]) => reference(each, needed)).join(' '),
  );
  // Releases mostly need what the newest one does.
  const lists = needs.map((each, index) => (index < needs.length - 1 && each === needs.at(-1) ? '=' : each));
  return [name, columns.join(' '), lists.join('|')].join('\t');
});
const date = new Date().toISOString().slice(0, 10);
fs.writeFileSync(output, `${JSON.stringify({ date, rows: rows.join('\n') }, undefined, 1)}\n`);
const count = rows.reduce((sum, row) => sum + (row.split('\t')[1] ?? '').split(' ').length, 0);
process.stdout.write(`${names.length} packages, ${count} releases, ${fs.statSync(output).size} bytes\n`);
if (at < 0) fs.rmSync(work, { recursive: true, force: true });
