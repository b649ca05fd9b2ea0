// @ts-check
// Makes the table of official images from a clone of docker-library/repo-info:
//   node scripts/official-images.mjs GIT_DIRECTORY [REFERENCE…]
// Reads repos/IMAGE/local/TAG.md and repos/IMAGE/remote/TAG.md at HEAD for every reference of the table and for those
// named, linux/amd64 only. What the files do not say is left out. A row whose files are gone stays as it is.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './steps.mjs';

/** @typedef {import('../server/src/images/types').OfficialImage} OfficialImage */
/** @typedef {import('../server/src/images/types').OfficialImageTable} OfficialImageTable */

const TABLE = resolve(root, 'server/src/images/official-images.json');
/** @type {Record<string, number>} */
const UNITS = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };
/** @type {Record<string, string>} */
const DEBIAN = { 10: 'buster', 11: 'bullseye', 12: 'bookworm', 13: 'trixie', 14: 'forky' };

/**
 * What a `local` page says of an image: its head, and its operating system from the version of the package that names it.
 * @param {string} text
 * @returns {Partial<OfficialImage> & { environment: string[] }}
 */
export function parseLocal(text) {
  const end = text.search(/^## (?!Docker Metadata)/m);
  const head = end < 0 ? text : text.slice(0, end);
  const size = /Virtual Size: ~ ([\d.]+) ([KMG]?b)/i.exec(head);
  const created = /Created: `([^`]+)`/.exec(head)?.[1];
  const environment = /- Environment:\n((?: {2}- `.*`\n?)*)/.exec(head)?.[1] ?? '';
  const words = (/** @type {string} */ name) => {
    const list = new RegExp(`- ${name}: \`(\\[.*\\])\``).exec(head)?.[1];
    return list === undefined ? [] : JSON.parse(list);
  };
  return {
    ...(size && { size: Math.round(Number(size[1]) * (UNITS[String(size[2]).toLowerCase()] ?? 1)) }),
    ...operatingSystem(text),
    environment: [...environment.matchAll(/^ {2}- `(.*)`$/gm)].map((match) => String(match[1])),
    ...(words('Entrypoint').length > 0 && { entrypoint: words('Entrypoint') }),
    ...(words('Command').length > 0 && { command: words('Command') }),
    ...(created && { date: created.replace(/\.\d+Z$/, 'Z') }),
  };
}

/**
 * @param {string} text
 * @returns {Pick<OfficialImage, 'os' | 'packageManager'> | {}}
 */
function operatingSystem(text) {
  const debian =
    /`base-files=(\d+)[^`]*\+deb(\d+)u\d+`/.exec(text)?.[2] ?? /`base-files=(1[0-9])(?:\.\d+)?`/.exec(text)?.[1];
  if (debian !== undefined && DEBIAN[debian]) {
    return { os: `Debian GNU/Linux ${debian} (${DEBIAN[debian]})`, packageManager: 'apt' };
  }
  const ubuntu = /image\.version=(\d\d\.\d\d)`/.exec(text)?.[1];
  if (/`base-files=[^`]*ubuntu/.test(text)) return { ...(ubuntu && { os: `Ubuntu ${ubuntu}` }), packageManager: 'apt' };
  const alpine = /alpine-release-(\d+\.\d+)\./.exec(text)?.[1];
  if (/^## `apk`/m.test(text)) return { ...(alpine && { os: `Alpine Linux v${alpine}` }), packageManager: 'apk' };
  if (/rpm` package: `dnf-\d/.test(text)) return { packageManager: 'dnf' };
  if (/rpm` package: `microdnf-\d/.test(text)) return { packageManager: 'microdnf' };
  return {};
}

/**
 * What a `remote` page says of the linux/amd64 image.
 * @param {string} text
 * @returns {Partial<OfficialImage>}
 */
export function parseRemote(text) {
  const start = text.search(/^### .* - linux; amd64$/m);
  if (start < 0) return {};
  const next = text.slice(start + 4).search(/^### /m);
  const section = next < 0 ? text.slice(start) : text.slice(start, start + 4 + next);
  const total = /Total Size: \*\*.*\((\d+) bytes\)\*\*/.exec(section)?.[1];
  const layers = [...section.matchAll(/^\t-\t`sha256:[0-9a-f]+` {2}$/gm)].length;
  const last = (/** @type {string} */ name) => [...section.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].at(-1)?.[1];
  const user = last('USER');
  const workdir = last('WORKDIR');
  return {
    ...(total && { compressedSize: Number(total) }),
    ...(layers > 0 && { layerCount: layers }),
    ...(user && { user: user.trim() }),
    ...(workdir && { workdir: workdir.trim() }),
  };
}

/**
 * The row of one reference; undefined when the repository has no `local` page for it.
 * @param {string} reference
 * @param {(path: string) => string | undefined} read
 * @param {string} commit
 * @returns {OfficialImage | undefined}
 */
export function makeRow(reference, read, commit) {
  const [image, tag] = reference.split(':');
  const local = `repos/${image}/local/${tag}.md`;
  const remote = `repos/${image}/remote/${tag}.md`;
  const localText = read(local);
  if (localText === undefined) return undefined;
  const { size, os, packageManager, environment, entrypoint, command, date } = parseLocal(localText);
  if (size === undefined) return undefined;
  const remoteText = read(remote);
  const { compressedSize, layerCount, user, workdir } = remoteText === undefined ? {} : parseRemote(remoteText);
  return {
    reference,
    size,
    ...(compressedSize && { compressedSize }),
    ...(layerCount && { layerCount }),
    ...(os && { os }),
    ...(packageManager && { packageManager }),
    environment,
    ...(user && { user }),
    ...(workdir && { workdir }),
    ...(entrypoint && { entrypoint }),
    ...(command && { command }),
    ...(date && { date }),
    source: remoteText === undefined ? `${local}@${commit}` : `${local}@${commit} ${remote}@${commit}`,
  };
}

/**
 * The table as the file holds it: one row a line, by reference.
 * @param {OfficialImageTable} table
 */
export function format(table) {
  const rows = [...table.images].sort((a, b) => (a.reference < b.reference ? -1 : 1));
  const { source, commit, platform } = table;
  const head = JSON.stringify({ source, commit, platform }).slice(0, -1);
  return `${head},"images":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`;
}

function main() {
  const [directory, ...named] = process.argv.slice(2);
  if (directory === undefined) {
    console.error('usage: node scripts/official-images.mjs GIT_DIRECTORY [REFERENCE…]');
    process.exitCode = 2;
    return;
  }
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 27,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const commit = git('rev-parse', 'HEAD').trim();
  const read = (/** @type {string} */ path) => {
    try {
      return git('show', `HEAD:${path}`);
    } catch {
      return undefined;
    }
  };
  /** @type {OfficialImageTable} */
  const before = JSON.parse(readFileSync(TABLE, 'utf8'));
  const rows = new Map(before.images.map((row) => [row.reference, row]));
  for (const reference of new Set([...rows.keys(), ...named])) {
    const row = makeRow(reference, read, commit);
    if (row !== undefined) rows.set(reference, row);
    else console.log(`${reference}: not in this repository${rows.has(reference) ? ', left as it is' : ''}`);
  }
  writeFileSync(TABLE, format({ ...before, commit, images: [...rows.values()] }));
  console.log(`${rows.size} images; now format the table: npm run format`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
