/**
 * What package managers put into a layer. One provider a manager, each a pure function from a command, the stage it runs in and what the
 * indexes say, to paths with sizes.
 */
import type { RunCommand } from '../shell/types';
import type { Spread } from './byte-range';

/** Bytes as a range: `low` and `high` hold the truth at least nine times in ten. */
export interface SizeRange {
  /** Best figure; null when not known. */
  readonly bytes: number | null;
  readonly low: number;
  /** Null when nothing bounds it. */
  readonly high: number | null;
  /** Weakest first: `unknown`, `estimated`, `computed` (lock file, index, manifest), `measured`, `exact`. */
  readonly basis: 'exact' | 'measured' | 'computed' | 'estimated' | 'unknown';
}

export interface PackageName {
  /** `apt`, `npm`, … */
  readonly manager: string;
  readonly name: string;
  readonly version?: string;
}

/** What a command leaves at a path. */
export interface WrittenPart {
  /** Absolute and clean. All bytes lie at it (`file`) or below it (`tree`, whose files are not told apart). */
  readonly path: string;
  readonly kind: 'file' | 'tree';
  readonly size: SizeRange;
  readonly files?: number;
  readonly package?: PackageName;
  /** What this is, for people, when no package: `package lists`. Localised. */
  readonly label?: string;
}

/** What a command does to the files of its stage. */
export interface PackageEffect {
  /** In order; a path written before is written again. */
  readonly writes: readonly WrittenPart[];
  /** Paths whose contents go, before the writes. Absolute; `*` in the last part stands for everything in the folder. */
  readonly removes: readonly string[];
  /** Packages whose parts go, before the writes. */
  readonly removedPackages: readonly PackageName[];
  /** Where the figures come from, one sentence each, localised; source and its date are named. */
  readonly evidence: readonly string[];
  /** What could not be known and what would make it known, localised. Present: the sum of the writes is not all there is. */
  readonly unknown?: string;
  /** What later commands of the same manager in the stage need to know; kept by the caller, never looked into by it. */
  readonly memory?: unknown;
  readonly needs: readonly PackageRequest[];
}

/** The system of the stage, as far as the base image tells. */
export interface StageSystem {
  /** `debian`, `ubuntu`, `alpine`, `fedora`, `rhel`, …; absent when not known. */
  readonly distribution?: string;
  /** `12`, `24.04`, `3.20`. */
  readonly version?: string;
  /** `bookworm`, `noble`. */
  readonly codename?: string;
  /** As Debian writes it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Reference of the base image at the bottom of the stage; absent for scratch. */
  readonly baseReference?: string;
  /**
   * The image follows the conventions of Docker's official images for its distribution (`docker-clean`, compressed indexes, no
   * documentation): true for these images, undefined when not known.
   */
  readonly official?: boolean;
  /** Distribution or release is what the image's name makes likely and does not tell for certain. */
  readonly supposed?: true;
}

/** The files of a stage before the command, as far as they are known. */
export interface StageFiles {
  /** Text of a file that the build context put there; `pending` while it is read; undefined when absent, too large or not known. */
  readText(path: string): string | undefined | 'pending';
  /** Undefined when not known. */
  exists(path: string): boolean | undefined;
  /** Names in a folder that the build context put there. */
  list(path: string): readonly string[];
  /** Bytes at or below a path that earlier commands and copies of this stage left there. */
  sizeOf(path: string): SizeRange;
}

export interface ProviderSurroundings {
  readonly system: StageSystem;
  readonly files: StageFiles;
  /** Paths at which the step has a cache, bind or tmpfs mount: what is written there is not in the layer. */
  readonly mounted: readonly string[];
  readonly indexes: PackageIndexes;
  /** Packages known to be in the base image, by manager; undefined when not known. */
  readonly installed: (manager: string) => ReadonlyMap<string, string | undefined> | undefined;
  /** What the provider's last effect in this stage (or the stage below it) left as `memory`. */
  readonly memory: unknown;
}

export interface PackageProvider {
  /** Name of the manager, also of its file. */
  readonly manager: string;
  handles(command: RunCommand): boolean;
  /** What the command does. Never throws for any command or file. */
  effect(command: RunCommand, surroundings: ProviderSurroundings): PackageEffect;
}

/** An answer of an index. */
export type Answer<Value> =
  | {
      readonly state: 'ready';
      readonly value: Value;
      readonly basis: 'computed' | 'estimated';
      /** Source and its date, localised. */
      readonly source: string;
      /** The figures are of another release: what an installation adds up to there is this many times as much here. */
      readonly apart?: Spread;
      /** The suite whose figures these are, when it is another. */
      readonly suite?: string;
    }
  | { readonly state: 'pending' }
  | { readonly state: 'unknown'; readonly reason: string };

/** Something a provider would use if it were known; fetched in the background. */
export type PackageRequest =
  | {
      readonly kind: 'distribution';
      readonly distribution: string;
      readonly suite: string;
      readonly architecture: string;
    }
  | { readonly kind: 'npm'; readonly name: string; readonly version: string }
  | { readonly kind: 'npm releases'; readonly name: string }
  | { readonly kind: 'pypi'; readonly name: string; readonly version: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'file'; readonly path: string };

/** One binary package of a distribution. */
export interface DistributionPackage {
  readonly name: string;
  readonly version: string;
  /** Bytes after installation, as the index says (Debian rounds every file up to KiB). */
  readonly installedSize: number;
  /** Bytes of the archive. */
  readonly archiveSize: number;
  /** Each a list of alternatives; versions and architectures left out. Pre-Depends included. */
  readonly depends: readonly (readonly string[])[];
  readonly recommends: readonly (readonly string[])[];
  readonly provides: readonly string[];
  readonly conflicts: readonly string[];
  /** `required`, `important`, …; `essential` is `required`. */
  readonly priority: string;
  /** Dependencies on the very version of the index: an older one that is installed is upgraded along. */
  readonly exact?: readonly string[];
  /** The version comes from updates or security updates of the suite, so that base images may hold an older one. */
  readonly updated?: boolean;
  /** Bytes of the package's entry in the index without the fields that dpkg does not keep. */
  readonly stanzaSize?: number;
  /** Alpine's `install_if`: it comes along by itself when all of these are installed. */
  readonly installIf?: readonly string[];
  /** What the archive of this or a near version really holds; absent when it was not looked into. */
  readonly measured?: PackageContents;
}

/** Bytes as counted in an archive, each hard link once. */
export interface PackageContents {
  /** Files outside of what official slim images leave out. */
  readonly files: number;
  /** Documentation, manual pages and translations, which official slim images leave out. */
  readonly documentation: number;
  /** Python sources below the folders that are compiled at installation. */
  readonly python: number;
  /** Files that dpkg keeps of the package in `/var/lib/dpkg/info`. */
  readonly database: number;
}

export interface DistributionIndex {
  find(name: string): DistributionPackage | undefined;
  /** Names of packages that provide a virtual package. */
  providers(name: string): readonly string[];
  /** Alpine's `install_if`: the name of a package, then what must be there for it to come along. */
  readonly conditional?: readonly (readonly string[])[];
  /** Bytes of the index files that `update` leaves on disk, as the distribution's official image keeps them. */
  readonly listsSize: SizeRange;
}

/** What a registry says of one release. */
export interface ReleaseSize {
  /** Bytes of the files after unpacking. */
  readonly unpacked: SizeRange;
  /** Bytes of the archive; null when not known. */
  readonly archive: number | null;
  /** Bytes of the tar file in it, when the unpacked size is worked out from that. */
  readonly tar?: number;
  readonly files?: number;
  /** The release these figures are of, when the newest one was asked for. */
  readonly version?: string;
  /** Python: what it needs, each as PEP 508 writes it, extras and markers included; absent when not known. */
  readonly requires?: readonly string[];
  /** Python: bytes of the byte code that pip adds to the unpacked files; absent when it is in `unpacked` or not known. */
  readonly bytecode?: SizeRange;
  /** Python: a wheel for every platform, hence all of it Python and data. */
  readonly pure?: boolean;
}

/** One release in a registry's list. Dependencies are ranges, tags or `npm:other@range` by name. */
export interface ListedRelease {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optional?: Readonly<Record<string, string>>;
  /** Peers that are installed along. */
  readonly peers?: Readonly<Record<string, string>>;
  /** Peers that may be missing. */
  readonly optionalPeers?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly installScript?: true;
  /** npm rather takes another release that a range allows. */
  readonly deprecated?: true;
  /** Range of Node's versions that it is made for. */
  readonly node?: string;
  /** Bytes. */
  readonly unpacked?: number;
  readonly files?: number;
}

/** All releases of an npm package. */
export interface ReleaseList {
  /** Bytes of the list itself, which npm keeps in its cache. */
  readonly bytes: number;
  /** Versions by tag. */
  readonly tags: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly releases: readonly ListedRelease[];
}

export interface PackageIndexes {
  distribution(distribution: string, suite: string, architecture: string): Answer<DistributionIndex>;
  npm(name: string, version: string): Answer<ReleaseSize>;
  /** Absent: nobody can be asked. */
  npmReleases?(name: string): Answer<ReleaseList>;
  /** The name as PEP 503 normalises it; the version empty for the newest. */
  pypi(name: string, version: string): Answer<ReleaseSize>;
  /** Bytes of what a URL answers. */
  url(url: string): Answer<number>;
}
