/** Packages of a lock file laid out in folders: which of them a command takes, and what each puts into its folder. */
import { t } from '../localize';
import type { LockedPackage } from './node-lock';
import { fitsPlatform, type NodePlatform, nameFitsPlatform } from './node-platform';
import { pooled, ranged, within } from './node-pool';
import { fetchesProgram, leftByScript } from './node-scripts';
import { evidenceOf, ofUsualSize, type PackageSize, sizeOfLocked } from './node-sizes';
import { Remembered } from './remembered';
import type { PackageIndexes, PackageRequest, SizeRange, WrittenPart } from './types';

/** Kinds of dependencies that a command leaves out. */
export interface Omitted {
  readonly dev: boolean;
  readonly optional: boolean;
  readonly peer: boolean;
}

export const nothingOmitted: Omitted = { dev: false, optional: false, peer: false };

/** `@npmcli/arborist`, `lib/arborist/reify.js`, the filter of omitted nodes. */
export function isOmitted(locked: LockedPackage, omitted: Omitted): boolean {
  return (
    (omitted.dev && locked.dev) ||
    (omitted.optional && locked.optional) ||
    (omitted.peer && locked.peer) ||
    (omitted.dev && omitted.optional && locked.devOptional)
  );
}

/** The packages that get a folder on the platform. What does not fit goes with all that lies in its folder. */
export function chosenPackages(
  packages: readonly LockedPackage[],
  omitted: Omitted,
  platform: NodePlatform,
): readonly LockedPackage[] {
  return choices.get(packages, packages, JSON.stringify([omitted, platform]), () =>
    choose(packages, omitted, platform),
  );
}

const choices = new Remembered<readonly LockedPackage[]>();

function choose(
  packages: readonly LockedPackage[],
  omitted: Omitted,
  platform: NodePlatform,
): readonly LockedPackage[] {
  return outermostWithout(packages, (locked) => {
    const told = locked.os.length > 0 || locked.cpu.length > 0;
    const fits = told ? fitsPlatform(locked, platform) : nameFitsPlatform(locked.name, platform);
    const misfit = !fits && (locked.optional || locked.devOptional || locked.name === 'fsevents');
    return misfit || isOmitted(locked, omitted);
  });
}

/** Without the refused packages and what lies in their folders. A folder comes before what is in it. */
export function outermostWithout(
  packages: readonly LockedPackage[],
  isRefused: (locked: LockedPackage) => boolean,
): readonly LockedPackage[] {
  const refused = new Set<string>();
  const kept: LockedPackage[] = [];
  for (const locked of packages) {
    if (isRefused(locked)) refused.add(locked.location);
    else if (refused.size === 0 || !isInside(locked.location, refused)) kept.push(locked);
  }
  return kept;
}

function isInside(location: string, refused: ReadonlySet<string>): boolean {
  for (let at = location.lastIndexOf('/node_modules/'); at > 0; at = location.lastIndexOf('/node_modules/', at - 1)) {
    if (refused.has(location.slice(0, at))) return true;
  }
  return false;
}

export interface TreeQuestion {
  readonly manager: string;
  /** Absolute folder that locations are relative to. */
  readonly folder: string;
  readonly home: string;
  readonly packages: readonly LockedPackage[];
  readonly scripts: boolean;
  readonly indexes: PackageIndexes;
}

export interface PackageTree {
  /** Their ranges may be added up. */
  readonly parts: readonly WrittenPart[];
  /** Archives that were fetched, together; each once. */
  readonly archives: SizeRange;
  /** How many archives. */
  readonly fetched: number;
  readonly evidence: readonly string[];
  readonly needs: readonly PackageRequest[];
}

/** What lies in the folders of the packages. */
export function layOut(question: TreeQuestion): PackageTree {
  const { manager, folder, home, packages, scripts, indexes } = question;
  const key = JSON.stringify([manager, folder, home, scripts]);
  return trees.get(packages, indexes, key, () => layOutAnew(question));
}

const trees = new Remembered<PackageTree>();

function layOutAnew(question: TreeQuestion): PackageTree {
  const { manager, folder, home, packages, scripts, indexes } = question;
  const installed = packages.filter(({ link, bundled }) => !link && !bundled);
  const sizes = sizesOf(installed, indexes);
  const parts: SizedPart[] = [];
  const fetching: string[] = [];
  const compiling: string[] = [];
  for (const locked of installed) {
    const size = sizes.get(keyOf(locked))?.[1];
    if (size === undefined) continue;
    const path = `${folder === '/' ? '' : folder}/${locked.location}`;
    const part: WrittenPart = {
      path,
      kind: 'tree',
      size: size.unpacked,
      package: { manager, name: locked.name, ...(locked.version !== '' && { version: locked.version }) },
      ...(size.files !== undefined && { files: size.files }),
    };
    parts.push({ part, size: part.size, usual: size.from.kind === 'usual' });
    const left = scripts && mayRunScript(locked) ? leftByScript(locked.name, path, home) : undefined;
    if (left === undefined) continue;
    parts.push({ part: left, size: left.size, usual: false });
    (fetchesProgram(locked.name) ? fetching : compiling).push(locked.name);
  }
  const all = [...sizes.values()];
  const archives = pooled(
    all.map(([, { archive, from }]) => ({ size: archive, usual: from.kind === 'usual' })),
    ({ usual }) => usual,
  );
  return {
    parts: pooled(parts, ({ usual }) => usual).map(({ part, size }) => ({ ...part, size })),
    archives: totalOf(archives.map(({ size }) => size)),
    fetched: all.length,
    evidence: [...evidenceOf(all), ...scriptEvidence(fetching, compiling)],
    needs: all.flatMap(([, { need }]) => (need === undefined ? [] : [need])),
  };
}

interface SizedPart {
  readonly part: WrittenPart;
  readonly size: SizeRange;
  /** One of those of which nothing is known. */
  readonly usual: boolean;
}

/** The same for every folder of a release. */
function keyOf({ name, version, origin, location }: LockedPackage): string {
  return `${name}@${version}${origin === 'registry' ? '' : location}`;
}

function sizesOf(
  packages: readonly LockedPackage[],
  indexes: PackageIndexes,
): ReadonlyMap<string, readonly [name: string, size: PackageSize]> {
  const sizes = new Map<string, readonly [name: string, size: PackageSize]>();
  let unknown = 0;
  for (const locked of packages) {
    const key = keyOf(locked);
    if (sizes.has(key)) continue;
    const size = sizeOfLocked(locked, indexes);
    if (size.from.kind === 'usual') unknown++;
    sizes.set(key, [locked.name, size]);
  }
  if (unknown > 1) {
    for (const [key, [name, size]] of sizes) {
      if (size.from.kind === 'usual') sizes.set(key, [name, { ...size, ...ofUsualSize(unknown) }]);
    }
  }
  return sizes;
}

/** Lock files that do not tell of scripts: only those are believed to have one whose script is known to fetch something. */
function mayRunScript(locked: LockedPackage): boolean {
  return locked.installScript || fetchesProgram(locked.name);
}

function scriptEvidence(fetching: readonly string[], compiling: readonly string[]): readonly string[] {
  const list = (names: readonly string[]): string => [...new Set(names)].slice(0, 5).join(', ');
  return [
    ...(fetching.length > 0
      ? [t('Install scripts that fetch programs, whose size is estimated: {0}', list(fetching))]
      : []),
    ...(compiling.length > 0
      ? [t('Install scripts that may leave more than their package holds: {0}', list(compiling))]
      : []),
  ];
}

/** The sum of sizes whose ranges may be added up. */
export function totalOf(sizes: readonly SizeRange[]): SizeRange {
  let bytes = 0;
  let low = 0;
  let high = 0;
  let estimated = false;
  for (const size of sizes) {
    bytes += size.bytes ?? size.low;
    low += size.low;
    high += size.high ?? size.low;
    estimated ||= size.basis === 'estimated' || size.basis === 'unknown';
  }
  return ranged(bytes, low, high, estimated ? 'estimated' : 'computed');
}

/** A sum that may be off as a whole by a share, beside what its parts may be off by. */
export function widened(size: SizeRange, share: number): SizeRange {
  if (size.bytes === null || size.high === null) return size;
  const own = within(size.bytes, share, 'estimated');
  const reach = (left: number, right: number): number => Math.sqrt(left * left + right * right);
  return ranged(
    size.bytes,
    size.bytes - reach(size.bytes - size.low, size.bytes - own.low),
    size.bytes + reach(size.high - size.bytes, (own.high ?? 0) - size.bytes),
    'estimated',
  );
}
