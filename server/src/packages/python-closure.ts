/** Which releases an installer takes for a list of requirements: the requirements of requirements, as the index and the shipped table tell. */
import { t } from '../localize';
import { normalizedVersion } from './pypi-release';
import { evaluateMarker, type MarkerEnvironment, matchesVersion } from './python-marker';
import { type PythonRequirement, parseRequirement, pinnedVersion } from './python-requirement';
import { shippedCount, shippedDate, shippedPython } from './python-shipped';
import { Remembered } from './remembered';
import type { Answer, PackageIndexes, PackageRequest, ReleaseSize } from './types';
import { unansweredSentence } from './unanswered';

/** More packages than this are not followed. */
const mostPackages = 3_000;
const mostQueued = 50_000;

export interface ResolvedPackage {
  readonly name: string;
  readonly version: string | undefined;
  /** Undefined when nothing tells its size. */
  readonly release: ReleaseSize | undefined;
  /** The figures are of another version than the one that will be installed, or may be. */
  readonly otherVersion: boolean;
  /** A marker that can't be decided here: it may be left out. */
  readonly perhaps: boolean;
}

export interface PythonClosure {
  readonly packages: readonly ResolvedPackage[];
  readonly needs: readonly PackageRequest[];
  /** Sources of the figures, localised. */
  readonly sources: readonly string[];
  /** Packages whose own requirements are not known. */
  readonly open: readonly string[];
}

export interface ReleaseAnswer {
  readonly release: ReleaseSize | undefined;
  readonly otherVersion: boolean;
  readonly source?: string;
  readonly need?: PackageRequest;
  /** Why the index does not tell it, localised. */
  readonly unanswered?: string;
}

/** What is known of one release: the shipped table first where it has that very version, then the index, then the table's version. */
function findRelease(
  indexes: PackageIndexes,
  name: string,
  version: string | undefined,
  specifier = '',
): ReleaseAnswer {
  const shipped = shippedPython(name);
  const exact =
    version !== undefined && shipped !== undefined && normalizedVersion(shipped.version) === normalizedVersion(version);
  if (exact) return { release: shipped, otherVersion: false, source: shippedSource() };
  const answer: Answer<ReleaseSize> = indexes.pypi(name, version ?? '');
  const need: PackageRequest = { kind: 'pypi', name, version: version ?? '' };
  if (answer.state === 'ready') {
    const newest = answer.value.version;
    const fits = version !== undefined || newest === undefined || matchesVersion(newest, specifier) !== false;
    const same =
      shipped !== undefined && newest !== undefined && normalizedVersion(shipped.version) === normalizedVersion(newest);
    return {
      release: same ? { ...answer.value, ...shipped } : answer.value,
      otherVersion: !fits,
      source: answer.source,
    };
  }
  const fallback =
    shipped === undefined
      ? { release: undefined, otherVersion: false }
      : {
          release: shipped,
          // The newest release at the time of the build may be a newer one than the table's.
          otherVersion: true,
          source: shippedSource(),
        };
  return { ...fallback, need, ...(answer.state === 'unknown' && { unanswered: answer.reason }) };
}

function shippedSource(): string {
  return t('Contents of {0} wheels of pypi.org, read on {1}', shippedCount, shippedDate);
}

interface Wanted {
  readonly requirement: PythonRequirement;
  readonly perhaps: boolean;
}

interface Visit {
  readonly answer: ReleaseAnswer;
  readonly extras: ReadonlySet<string>;
  readonly perhaps: boolean;
  readonly version: string | undefined;
}

/**
 * All packages that the requirements bring, each once, without those of `present`. Versions are those pinned, else the newest: the resolver's
 * backtracking is not replayed, a constraint that excludes the newest makes the figures those of another version.
 */
export function resolveRequirements(
  requirements: readonly PythonRequirement[],
  indexes: PackageIndexes,
  environment: Omit<MarkerEnvironment, 'extras'>,
  constraints: ReadonlyMap<string, string>,
  present: ReadonlySet<string>,
): PythonClosure {
  const key = JSON.stringify([requirements, environment, [...constraints], [...present]]);
  return closures.get(indexes, closures, key, () =>
    resolveAnew(requirements, indexes, environment, constraints, present),
  );
}

/** An index tells the same as long as it lives. */
const closures = new Remembered<PythonClosure>();

function resolveAnew(
  requirements: readonly PythonRequirement[],
  indexes: PackageIndexes,
  environment: Omit<MarkerEnvironment, 'extras'>,
  constraints: ReadonlyMap<string, string>,
  present: ReadonlySet<string>,
): PythonClosure {
  const visits = new Map<string, Visit>();
  const needs: PackageRequest[] = [];
  const sources = new Set<string>();
  const open = new Set<string>();
  const unanswered: string[] = [];
  // Pins of the command itself count for what others require too.
  const pins = new Map(constraints);
  for (const { name, specifier } of requirements) if (specifier !== '') pins.set(name, specifier);
  const queue: Wanted[] = [];
  const enqueue = (requirement: PythonRequirement, perhaps: boolean, extras: readonly string[]): void => {
    if (present.has(requirement.name) && requirement.extras.length === 0) return;
    const { marker } = requirement;
    const truth = marker === undefined ? true : evaluateMarker(marker, { ...environment, extras });
    if (truth !== false && queue.length < mostQueued)
      queue.push({ requirement, perhaps: perhaps || truth === undefined });
  };
  for (const requirement of requirements) enqueue(requirement, false, []);
  for (let index = 0; index < queue.length && visits.size < mostPackages; index += 1) {
    const wanted = queue[index];
    if (wanted === undefined) break;
    const { name } = wanted.requirement;
    const known = visits.get(name);
    const extras = new Set([...(known?.extras ?? []), ...wanted.requirement.extras]);
    const perhaps = wanted.perhaps && (known?.perhaps ?? true);
    if (known !== undefined && extras.size === known.extras.size && perhaps === known.perhaps) continue;
    const specifier = pins.get(name) ?? wanted.requirement.specifier;
    const answer = known?.answer ?? answerFor(wanted.requirement, specifier, indexes);
    visits.set(name, { answer, extras, perhaps, version: pinnedVersion(specifier) });
    if (answer.need !== undefined && known === undefined) needs.push(answer.need);
    if (answer.unanswered !== undefined && known === undefined) unanswered.push(answer.unanswered);
    if (answer.source !== undefined) sources.add(answer.source);
    if (answer.release?.requires === undefined) open.add(name);
    for (const line of answer.release?.requires ?? []) {
      const inner = parseRequirement(line);
      if (inner !== undefined) enqueue(inner, perhaps, [...extras]);
    }
  }
  const packages = [...visits]
    .filter(([name]) => !present.has(name))
    .map(([name, { answer, version, perhaps }]) => ({
      name,
      version: version ?? answer.release?.version,
      release: answer.release,
      otherVersion: answer.otherVersion,
      perhaps,
    }));
  return { packages, needs, sources: [...sources, ...unansweredSentence(unanswered)], open: [...open] };
}

function answerFor(requirement: PythonRequirement, specifier: string, indexes: PackageIndexes): ReleaseAnswer {
  const { name, url } = requirement;
  if (url !== undefined) return { release: shippedPython(name), otherVersion: true };
  return findRelease(indexes, name, pinnedVersion(specifier), specifier);
}

/** A package that a lock file names, with what the lock file says of its archive. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string | undefined;
  /** Absent where the lock file tells no sizes. */
  readonly release?: ReleaseSize;
  readonly perhaps: boolean;
}

/** The packages of a lock file, without those of `present`: figures of the shipped table or the index for that version, else the lock's own. */
export function lockedClosure(
  packages: readonly LockedPackage[],
  present: ReadonlySet<string>,
  indexes: PackageIndexes,
): PythonClosure {
  const needs: PackageRequest[] = [];
  const sources = new Set<string>();
  const resolved = packages
    .filter(({ name }) => !present.has(name))
    .map(({ name, version, release, perhaps }): ResolvedPackage => {
      const answer = findRelease(indexes, name, version);
      const better = answer.release !== undefined && !answer.otherVersion ? answer : undefined;
      const locked = release !== undefined && release.archive !== null ? release : undefined;
      // The lock's own size of the archive is enough: hundreds of questions to the index would add little.
      if (better === undefined && locked !== undefined)
        return { name, version, release: locked, otherVersion: false, perhaps };
      if (answer.need !== undefined) needs.push(answer.need);
      if (answer.source !== undefined) sources.add(answer.source);
      return { name, version, release: answer.release, otherVersion: answer.otherVersion, perhaps };
    });
  return { packages: resolved, needs, sources: [...sources], open: [] };
}
