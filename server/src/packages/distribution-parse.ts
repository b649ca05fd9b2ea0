/** Reading the indexes of distributions: Debian's `Packages` (deb822, Debian Policy chapter 5) and Alpine's `APKINDEX`. */
import { compareVersions } from './package-version';
import type { DistributionPackage } from './types';

/** More stanzas than any distribution has: what is beyond is not read. */
const MOST_PACKAGES = 200_000;
/** Names longer than this are no names. */
const LONGEST_NAME = 200;

const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;

function bytesOf(text: string | undefined, unit: number): number {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value >= 0 && value < 2 ** 40 ? Math.round(value * unit) : 0;
}

/** `libc6 (>= 2.34) | libc6.1, foo:any` as lists of alternatives, without versions and architectures. */
export function readRelations(text: string | undefined): (readonly string[])[] {
  if (text === undefined || text === '') return [];
  const groups: (readonly string[])[] = [];
  for (const group of text.split(',')) {
    const names: string[] = [];
    for (const alternative of group.split('|')) {
      const name = /^\s*([^\s(:[<]+)/.exec(alternative)?.[1];
      if (name !== undefined && name.length < LONGEST_NAME && NAME.test(name) && !names.includes(name))
        names.push(name);
    }
    if (names.length > 0) groups.push(names);
  }
  return groups;
}

/** Names that a version must be equal for: `libssl3 (= 3.0.15-1)`, as packages of one source demand of each other. */
function exactNames(text: string | undefined): string[] {
  if (text?.includes('(=') !== true) return [];
  return text
    .split(',')
    .filter((relation) => relation.includes('(=') && !relation.includes('|'))
    .flatMap((relation) => readRelations(relation).flat());
}

/** Names without a version restriction: `foo (<< 1.2)` is met by what is installable now, nearly always. */
function unrestricted(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  return text
    .split(',')
    .filter((relation) => !relation.includes('('))
    .flatMap((relation) => readRelations(relation).flat());
}

/** Fields of a stanza that this module reads; all others are passed over. */
const FIELDS: ReadonlySet<string> = new Set([
  'Package',
  'Version',
  'Installed-Size',
  'Size',
  'Pre-Depends',
  'Depends',
  'Recommends',
  'Provides',
  'Conflicts',
  'Breaks',
  'Priority',
  'Essential',
]);

/** Fields of the index that dpkg does not keep in its status file. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  'Filename',
  'Size',
  'MD5sum',
  'SHA1',
  'SHA256',
  'SHA512',
  'Description-md5',
  'Tag',
  'Ruby-Versions',
  'Build-Ids',
  'Phased-Update-Percentage',
  'Task',
  'Supported',
  'Origin',
  'Bugs',
]);

function stanza(text: string, updated: boolean): DistributionPackage | undefined {
  const fields = new Map<string, string>();
  let kept = 0;
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const field = line.slice(0, colon);
    if (FIELDS.has(field)) fields.set(field, line.slice(colon + 1).trim());
    if (!NOT_KEPT.has(field)) kept += line.length + 1;
  }
  const name = fields.get('Package');
  const version = fields.get('Version');
  if (name === undefined || version === undefined || !NAME.test(name) || name.length > LONGEST_NAME) return undefined;
  const exact = [...new Set([...exactNames(fields.get('Pre-Depends')), ...exactNames(fields.get('Depends'))])];
  return {
    name,
    version,
    installedSize: bytesOf(fields.get('Installed-Size'), 1024),
    archiveSize: bytesOf(fields.get('Size'), 1),
    depends: [...readRelations(fields.get('Pre-Depends')), ...readRelations(fields.get('Depends'))],
    recommends: readRelations(fields.get('Recommends')),
    // A Rust library provides a name for each of its features: a hundred thousand names that no Dockerfile means.
    provides: name.startsWith('librust-') ? [] : [...new Set(readRelations(fields.get('Provides')).flat())],
    conflicts: [...new Set([...unrestricted(fields.get('Conflicts')), ...unrestricted(fields.get('Breaks'))])],
    priority: fields.get('Essential') === 'yes' ? 'required' : (fields.get('Priority') ?? 'optional'),
    stanzaSize: kept,
    ...(exact.length > 0 ? { exact } : {}),
    ...(updated ? { updated } : {}),
  };
}

/**
 * Packages of a `Packages` file, of several versions of a name the newest. Stanzas that make no sense are left out; never throws.
 * @param into packages of files read before, which it adds to
 * @param updated whether the file is of the suite's updates or security updates
 */
export function readPackages(
  text: string,
  into: Map<string, DistributionPackage> = new Map(),
  updated = false,
): Map<string, DistributionPackage> {
  let start = 0;
  while (start < text.length && into.size < MOST_PACKAGES) {
    let end = text.indexOf('\n\n', start);
    if (end < 0) end = text.length;
    const found = stanza(text.slice(start, end), updated);
    start = end + 2;
    if (found === undefined) continue;
    const other = into.get(found.name);
    if (other === undefined || compareVersions(found.version, other.version) > 0) into.set(found.name, found);
  }
  return into;
}

/** `so:libc.musl-x86_64.so.1`, `cmd:jq=1.7`, `!conflict`, `pc:zlib>=1.2`: the name before the version. */
function alpineName(text: string): string | undefined {
  const name = /^!?([^<>=~\s]+)/.exec(text)?.[1];
  return name !== undefined && name.length < LONGEST_NAME ? name : undefined;
}

const alpineNames = (text: string | undefined): string[] =>
  (text ?? '').split(' ').flatMap((word) => (word === '' ? [] : (alpineName(word) ?? [])));

/**
 * Packages of the text of an `APKINDEX` file (apk-tools, `apk-index(5)`): one letter a field, an empty line between packages.
 * Never throws.
 * @param into packages of files read before, which it adds to
 */
export function readAlpineIndex(
  text: string,
  into: Map<string, DistributionPackage> = new Map(),
): Map<string, DistributionPackage> {
  for (const record of text.split('\n\n')) {
    if (into.size >= MOST_PACKAGES) break;
    const fields = new Map<string, string>();
    for (const line of record.split('\n')) if (line.charAt(1) === ':') fields.set(line.charAt(0), line.slice(2).trim());
    const name = fields.get('P');
    const version = fields.get('V');
    if (name === undefined || version === undefined || name === '' || name.length > LONGEST_NAME) continue;
    const needs = (fields.get('D') ?? '').split(' ').filter((word) => word !== '');
    const other = into.get(name);
    if (other !== undefined && compareVersions(other.version, version) >= 0) continue;
    into.set(name, {
      name,
      version,
      installedSize: bytesOf(fields.get('I'), 1),
      archiveSize: bytesOf(fields.get('S'), 1),
      depends: needs.filter((word) => !word.startsWith('!')).flatMap((word) => [alpineNames(word)]),
      // `i:` names what must all be there for the package to come along by itself.
      recommends: [],
      installIf: alpineNames(fields.get('i')),
      provides: alpineNames(fields.get('p')),
      conflicts: needs.filter((word) => word.startsWith('!')).flatMap((word) => alpineNames(word)),
      priority: 'optional',
    });
  }
  return into;
}
