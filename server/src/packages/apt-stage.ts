/** The stage as apt's commands see it: its suite, what is installed, which conventions its image follows. */
import type { Spread } from './byte-range';
import { barePackages, officialRecipe } from './debian-bases';
import type { DebianConventions } from './debian-contents';
import { entrySize, type LeftoverState, noLeftovers } from './debian-leftovers';
import { anyRelease, supposedRelease, widest } from './distribution-nearest';
import { resolve } from './distribution-resolve';
import type { Answer, DistributionIndex, PackageRequest, ProviderSurroundings } from './types';

/** What earlier commands of the stage did. Never changed, only replaced. */
export interface AptMemory {
  readonly kind: 'apt';
  /** Packages that commands of the stage installed, and whether the user asked for them. */
  readonly added: ReadonlyMap<string, 'manual' | 'automatic'>;
  /** Packages of the base image that were removed. */
  readonly gone: ReadonlySet<string>;
  /** What was manual before `apt-mark auto`, for a script that sets it back. */
  readonly manualBefore: ReadonlySet<string>;
  /** Libraries of these may be kept: a script that Strata can't follow marked what programs link to. */
  readonly perhapsKept: boolean;
  readonly leftovers: LeftoverState;
  /** Repositories beyond the distribution's that a script added: `NodeSource`. */
  readonly foreign: readonly string[];
}

export const noAptMemory: AptMemory = {
  kind: 'apt',
  added: new Map(),
  gone: new Set(),
  manualBefore: new Set(),
  perhapsKept: false,
  leftovers: noLeftovers,
  foreign: [],
};

export function aptMemory(memory: unknown): AptMemory {
  return typeof memory === 'object' && memory !== null && (memory as { kind?: unknown }).kind === 'apt'
    ? (memory as AptMemory)
    : noAptMemory;
}

const CODENAMES: Readonly<Record<string, string>> = {
  'debian 8': 'jessie',
  'debian 9': 'stretch',
  'debian 10': 'buster',
  'debian 11': 'bullseye',
  'debian 12': 'bookworm',
  'debian 13': 'trixie',
  'debian 14': 'forky',
  'ubuntu 16.04': 'xenial',
  'ubuntu 18.04': 'bionic',
  'ubuntu 20.04': 'focal',
  'ubuntu 22.04': 'jammy',
  'ubuntu 24.04': 'noble',
  'ubuntu 26.04': 'resolute',
};

const DEBIAN_SUITES = /\b(jessie|stretch|buster|bullseye|bookworm|trixie|forky|sid)\b/;
const UBUNTU_SUITES = /\b(xenial|bionic|focal|jammy|noble|oracular|plucky|questing|resolute)\b/;

export interface Suite {
  readonly distribution: string;
  readonly suite: string;
  readonly architecture: string;
  /** What the base image makes likely and does not tell for certain: how far that may be off. */
  readonly doubt?: Spread;
}

/** What stands in where the base image tells nothing: the release that most images stand on. */
const USUAL = { distribution: 'debian', suite: 'bookworm', doubt: anyRelease } as const;

/** The suite whose packages the stage gets; undefined when its distribution has no apt. */
export function suiteOf({ system }: ProviderSurroundings): Suite | undefined {
  const { distribution, architecture, baseReference = '' } = system;
  const tag = baseReference.replace(/^.*:/, '');
  const named =
    system.codename ??
    CODENAMES[`${distribution} ${system.version?.split('.')[0] ?? ''}`] ??
    CODENAMES[`${distribution} ${system.version}`] ??
    DEBIAN_SUITES.exec(tag)?.[1] ??
    UBUNTU_SUITES.exec(tag)?.[1];
  if (named === undefined && (distribution === undefined || distribution === 'debian' || distribution === 'ubuntu'))
    return { ...USUAL, architecture };
  if (named === undefined) return undefined;
  const family = distribution ?? (UBUNTU_SUITES.test(named) ? 'ubuntu' : 'debian');
  if (family !== 'debian' && family !== 'ubuntu') return undefined;
  const doubt = system.supposed === true ? { doubt: supposedRelease } : {};
  return { distribution: family, suite: named, architecture, ...doubt };
}

export function requestOf({ distribution, suite, architecture }: Suite): PackageRequest {
  return { kind: 'distribution', distribution, suite, architecture };
}

export interface AptStage {
  readonly suite: Suite;
  readonly index: DistributionIndex;
  readonly source: string;
  readonly answer: Extract<Answer<DistributionIndex>, { state: 'ready' }>;
  /** Packages of the base image. */
  readonly base: ReadonlySet<string>;
  /** Version of a package in the base image; undefined when that is not known. */
  readonly baseVersion: (name: string) => string | undefined;
  /** False when what the base image holds is only supposed. */
  readonly baseKnown: boolean;
  /** The base image is nobody's official one: it may hold anything. */
  readonly stranger: boolean;
  /** Bytes of dpkg's entries of packages in the base beyond the bare image's. */
  readonly baseEntries: number;
  readonly conventions: DebianConventions;
  /** Like Docker's official images: `docker-clean`, compressed lists. */
  readonly official: boolean;
  readonly has: (name: string) => boolean;
  /** The figures are those of another release, or of one that is supposed: how many times as much it may be. */
  readonly apart?: Spread;
}

/** `node:20-slim`, `ubuntu`: dpkg leaves out documentation. Full images of Debian keep it (debuerreotype's `slimify`). */
function keepsDocumentation(suite: Suite, reference: string): boolean {
  return suite.distribution === 'debian' && !/slim/.test(reference.replace(/^.*\//, ''));
}

interface Base {
  readonly names: ReadonlySet<string>;
  readonly known: boolean;
  readonly entries: number;
}

const bases = new WeakMap<DistributionIndex, Map<string, Base>>();

/** Packages of an official image by its recipe, remembered with the index that resolved it. */
function baseByRecipe(index: DistributionIndex, suite: string, reference: string): Base {
  let known = bases.get(index);
  if (known === undefined) {
    known = new Map();
    bases.set(index, known);
  }
  const key = `${suite} ${reference}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const recipe = officialRecipe(reference);
  const names = new Set(barePackages(suite));
  let entries = 0;
  if (recipe !== undefined && recipe.length > 0)
    for (const of of resolve(index, new Set(names), recipe, { recommends: false }).added) {
      names.add(of.name);
      entries += entrySize(of);
    }
  const base = { names, known: recipe !== undefined, entries };
  if (known.size > 64) known.clear();
  known.set(key, base);
  return base;
}

function baseOf(surroundings: ProviderSurroundings, index: DistributionIndex, suite: string): Base {
  const installed = surroundings.installed('apt');
  if (installed === undefined) return baseByRecipe(index, suite, surroundings.system.baseReference ?? '');
  const bare = new Set(barePackages(suite));
  let entries = 0;
  for (const name of installed.keys()) {
    const of = bare.has(name) ? undefined : index.find(name);
    if (of !== undefined) entries += entrySize(of);
  }
  return { names: new Set(installed.keys()), known: true, entries };
}

/** The stage with its index; else why there is none. */
export function aptStage(
  surroundings: ProviderSurroundings,
  memory: AptMemory,
): AptStage | { readonly suite: Suite | undefined; readonly lacking: 'suite' | 'pending' | string } {
  const suite = suiteOf(surroundings);
  if (suite === undefined) return { suite, lacking: 'suite' };
  const answer = surroundings.indexes.distribution(suite.distribution, suite.suite, suite.architecture);
  if (answer.state === 'pending') return { suite, lacking: 'pending' };
  if (answer.state === 'unknown') return { suite, lacking: answer.reason };
  const index = answer.value;
  const figures = answer.suite ?? suite.suite;
  const base = baseOf(surroundings, index, figures);
  const apart = widest(answer.apart, suite.doubt);
  const has = (name: string): boolean => memory.added.has(name) || (base.names.has(name) && !memory.gone.has(name));
  const { official, baseReference = '' } = surroundings.system;
  return {
    suite,
    index,
    source: answer.source,
    answer,
    base: base.names,
    baseVersion: (name) => surroundings.installed('apt')?.get(name),
    baseKnown: base.known,
    stranger: official !== true,
    baseEntries: base.entries,
    conventions: {
      documentation: official === false || keepsDocumentation(suite, baseReference),
      python: has('python3-minimal'),
      suite: figures,
    },
    official: official !== false,
    has,
    ...(apart === undefined ? {} : { apart }),
  };
}
