/**
 * What npm installs without a lock file: the newest releases that the ranges allow, laid out in folders as `@npmcli/arborist` does
 * (`build-ideal-tree.js`, `place-dep.js`): nearest to the project first, each as high as nothing of its name is in the way. Releases come
 * from the registry's lists; of packages whose list is not known, from the shipped table.
 */
import { isPackageName, type LockedPackage } from './node-lock';
import { type RootWant, releaseFor, type WantedPackage, wantedOf } from './npm-closure';
import { allows, pickRelease } from './npm-releases';
import { shippedNeeds, shippedRelease, versionNumbers } from './npm-shipped';
import { Remembered } from './remembered';
import type {
  Answer,
  ListedRelease,
  PackageIndexes,
  PackageRequest,
  ProviderSurroundings,
  ReleaseList,
  StageSystem,
} from './types';

/** More folders than this are not laid out. */
const mostFolders = 5_000;

export interface Resolution {
  /** A folder comes before what is in it. */
  readonly packages: readonly LockedPackage[];
  /** Packages, or those they need, of which nothing is known. */
  readonly missing: readonly string[];
  /** Names whose lists of releases npm fetches: the bytes of those that are known, and how many are not. */
  readonly lists: { readonly known: number; readonly knownBytes: number; readonly others: number };
  readonly needs: readonly PackageRequest[];
  /** Packages whose release was taken from the shipped table. */
  readonly guesses: number;
  /** Of what was asked for itself: guesses whose release is not in the table, so that another one tells what they need. */
  readonly strange: number;
  /** Why lists of releases were not had, localised, one for each. */
  readonly unanswered: readonly string[];
}

interface Placed {
  readonly location: string;
  readonly name: string;
  readonly version: string;
  readonly release: ListedRelease | undefined;
  readonly guessed: boolean;
  /** Asking for what a guess needs would ask for what nobody installs. */
  readonly asks: boolean;
  readonly above: Placed | undefined;
  /** Packages above it. */
  readonly depth: number;
  readonly inside: Map<string, Placed>;
  readonly edges: { readonly to: Placed; readonly optional: boolean }[];
}

interface Found {
  readonly version: string;
  readonly release: ListedRelease | undefined;
  readonly guessed: boolean;
  readonly asks: boolean;
}

/**
 * Resolves what is wanted. `global`: each in a folder of its own, with what it needs inside it. The same question of the same indexes is
 * answered once.
 */
export function resolveWanted(
  wanted: readonly RootWant[],
  place: 'project' | 'global',
  { indexes, system }: Pick<ProviderSurroundings, 'indexes' | 'system'>,
): Resolution {
  const node = nodeOf(system);
  const key = JSON.stringify([wanted, place, node]);
  return resolutions.get(indexes, indexes, key, () => resolveAnew(wanted, place, new Releases(indexes, node)));
}

const resolutions = new Remembered<Resolution>();

/** A version of Node that an image of its own has by its tag: of `node:20-slim` the last of 20. */
function nodeOf({ baseReference }: StageSystem): string | undefined {
  const [, major, minor = '99', patch = '0'] =
    /(?:^|\/)node:(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?(?![\w.])/.exec(baseReference ?? '') ?? [];
  return major === undefined ? undefined : `${major}.${minor}.${patch}`;
}

function resolveAnew(wanted: readonly RootWant[], place: 'project' | 'global', releases: Releases): Resolution {
  const root = placedAt('', { name: '', version: '' }, undefined);
  const placed: Placed[] = [];
  const queue: Placed[] = [];
  const put = (want: RootWant | Need, at: Placed, asks: boolean): Placed | undefined => {
    const found = placed.length < mostFolders ? releases.find(want.name, want.range, asks) : undefined;
    if (found === undefined) return undefined;
    const location = `${at.location === '' ? '' : `${at.location}/`}node_modules/${want.folder}`;
    const one = placedAt(location, { name: want.name, ...found }, at);
    at.inside.set(want.folder, one);
    placed.push(one);
    queue.push(one);
    return one;
  };
  const own = [...wanted].sort((left, right) => (left.folder < right.folder ? -1 : 1));
  const tops = own.flatMap((want) => {
    const to = put(want, root, true);
    return to === undefined ? [] : [{ to, kind: want.kind }];
  });
  const highest = (at: Placed): boolean => at.above === undefined || (place === 'global' && at.above === root);
  for (let one = nextOf(queue); one !== undefined; one = nextOf(queue)) {
    releases.lookAtPeers(one);
    for (const need of needsOf(one)) {
      // Peers lie beside the package, not in it.
      const start = need.peer && one.above !== undefined && !highest(one) ? one.above : one;
      let home = start;
      let visible: Placed | undefined;
      for (let above: Placed | undefined = start; above !== undefined; above = above.above) {
        visible = above.inside.get(need.folder);
        if (visible !== undefined) break;
        home = above;
        if (highest(above)) break;
      }
      const fits = visible !== undefined && (need.peer || isFor(visible, need, one.guessed));
      const to = fits ? visible : put(need, home, one.asks);
      if (to !== undefined) one.edges.push({ to, optional: need.optional });
    }
  }
  return {
    packages: lockedOf(placed, tops),
    missing: releases.missing,
    unanswered: [...releases.unanswered.values()],
    lists: releases.lists(),
    needs: releases.needs,
    guesses: placed.filter(({ guessed }) => guessed).length,
    strange: tops.filter(({ to }) => to.guessed && shippedRelease(to.name, to.version)?.match !== 'same').length,
  };
}

/** Takes out the package that npm goes on with: the one of fewest folders above it, of these the first by its path. */
function nextOf(queue: Placed[]): Placed | undefined {
  let best = 0;
  for (let at = 1; at < queue.length; at++) if (isBefore(queue[at], queue[best])) best = at;
  return queue.splice(best, 1)[0];
}

function isBefore(left: Placed | undefined, right: Placed | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return left.depth === right.depth ? left.location < right.location : left.depth < right.depth;
}

function placedAt(
  location: string,
  about: { readonly name: string; readonly version: string } & Partial<Found>,
  above: Placed | undefined,
): Placed {
  return {
    location,
    name: about.name,
    version: about.version,
    release: about.release,
    guessed: about.guessed ?? false,
    asks: about.asks ?? true,
    above,
    depth: above === undefined ? 0 : above.depth + 1,
    inside: new Map(),
    edges: [],
  };
}

interface Need extends WantedPackage {
  readonly folder: string;
  readonly optional: boolean;
  readonly peer: boolean;
}

/** What a guess needs is a release that was measured with it: one of the same major release will do. */
function isFor(placed: Placed, { name, range }: Need, guessing: boolean): boolean {
  if (placed.name !== name) return false;
  if (range === '' || range === 'latest' || placed.version === '') return true;
  return guessing ? versionNumbers(placed.version)[0] === versionNumbers(range)[0] : allows(range, placed.version);
}

/** What a package needs, by name as npm goes through it; undefined for what comes from git or a URL. */
function needsOf({ name, version, release, guessed }: Placed): readonly Need[] {
  if (release === undefined) {
    if (!guessed) return [];
    return shippedNeeds(name, version).map((need) => ({
      name: need.name,
      folder: need.name,
      range: need.version ?? '',
      optional: false,
      peer: false,
    }));
  }
  const { dependencies = {}, optional = {}, peers = {} } = release;
  const all = [
    ...Object.entries(dependencies).flatMap(([folder, range]) =>
      Object.hasOwn(optional, folder) ? [] : [{ folder, range, optional: false, peer: false }],
    ),
    ...Object.entries(optional).map(([folder, range]) => ({ folder, range, optional: true, peer: false })),
    ...Object.entries(peers).flatMap(([folder, range]) =>
      Object.hasOwn(dependencies, folder) || Object.hasOwn(optional, folder)
        ? []
        : [{ folder, range, optional: false, peer: true }],
    ),
  ];
  return all
    .sort((left, right) => (left.folder < right.folder ? -1 : 1))
    .flatMap((each) => {
      const want = wantedOf(`${each.folder}@${each.range}`);
      return want === undefined || !isPackageName(each.folder) ? [] : [{ ...each, ...want }];
    });
}

/** Releases by name and range, and what was asked for them. */
class Releases {
  readonly needs: PackageRequest[] = [];
  readonly missing: string[] = [];
  /** By name. */
  readonly unanswered = new Map<string, string>();
  private readonly indexes: PackageIndexes;
  private readonly node: string | undefined;
  private readonly looked = new Set<string>();
  private readonly bytes = new Map<string, number | undefined>();

  constructor(indexes: PackageIndexes, node: string | undefined) {
    this.indexes = indexes;
    this.node = node;
  }

  /** The release that a range gets; `asks`: its list is fetched when it is not known. Undefined when there is none. */
  find(name: string, range: string, asks: boolean): Found | undefined {
    const answer = this.answer(name, asks);
    const release = answer.state === 'ready' ? pickRelease(answer.value, range, this.node) : undefined;
    if (release !== undefined) return { version: release.version, release, guessed: false, asks: true };
    const version = releaseFor(name, range);
    if (version === undefined) this.missing.push(name);
    return { version: version ?? '', release: undefined, guessed: true, asks: asks && answer.state !== 'pending' };
  }

  /**
   * npm reads the lists of optional peers too, and of their peers, to see what would be in the way; it installs none of them
   * (`build-ideal-tree.js`, `#loadPeerSet`).
   */
  lookAtPeers({ release, asks }: Pick<Found, 'release' | 'asks'>): void {
    const queue = [release];
    for (const each of queue) {
      for (const [folder, written] of Object.entries({ ...each?.peers, ...each?.optionalPeers })) {
        const want = wantedOf(`${folder}@${written}`);
        const key = `${want?.name}@${want?.range}`;
        if (want === undefined || this.looked.has(key) || queue.length > mostFolders) continue;
        this.looked.add(key);
        const answer = this.answer(want.name, asks);
        if (answer.state === 'ready') queue.push(pickRelease(answer.value, want.range, this.node));
      }
    }
  }

  private answer(name: string, asks: boolean): Answer<ReleaseList> {
    const answer = this.indexes.npmReleases?.(name) ?? ({ state: 'unknown', reason: '' } as const);
    if (answer.state === 'pending' && asks && !this.bytes.has(name)) this.needs.push({ kind: 'npm releases', name });
    this.bytes.set(name, answer.state === 'ready' ? answer.value.bytes : undefined);
    if (answer.state === 'unknown' && answer.reason !== '') this.unanswered.set(name, answer.reason);
    return answer;
  }

  lists(): Resolution['lists'] {
    const known = [...this.bytes.values()].filter((each) => each !== undefined);
    const knownBytes = known.reduce((sum, each) => sum + each, 0);
    return { known: known.length, knownBytes, others: this.bytes.size - known.length };
  }
}

/** As a lock file would have them, with the flags that follow from who needs them (`@npmcli/arborist`, `calc-dep-flags.js`). */
function lockedOf(
  placed: readonly Placed[],
  tops: readonly { readonly to: Placed; readonly kind: RootWant['kind'] }[],
): readonly LockedPackage[] {
  const from = (kinds: readonly RootWant['kind'][]): readonly Placed[] =>
    tops.flatMap(({ to, kind }) => (kinds.includes(kind) ? [to] : []));
  const forProduction = reached(from(['production', 'optional']), true);
  const surely = reached(from(['production', 'development']), false);
  const surelyForProduction = reached(from(['production']), false);
  return placed.map((one) => ({
    location: one.location,
    name: one.name,
    version: one.version,
    origin: 'registry',
    link: false,
    bundled: false,
    dev: !forProduction.has(one),
    // A table's guess may be of an optional package.
    optional: one.guessed || !surely.has(one),
    devOptional: forProduction.has(one) && surely.has(one) && !surelyForProduction.has(one),
    peer: false,
    installScript: one.release?.installScript ?? false,
    os: one.release?.os ?? [],
    cpu: one.release?.cpu ?? [],
    libc: one.release?.libc ?? [],
  }));
}

function reached(roots: readonly Placed[], overOptional: boolean): ReadonlySet<Placed> {
  const found = new Set(roots);
  for (const one of found) for (const { to, optional } of one.edges) if (overOptional || !optional) found.add(to);
  return found;
}
