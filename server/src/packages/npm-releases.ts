/**
 * What a registry of npm packages says of all releases of a package: the document at `{registry}/{name}`, in full or in the short form that
 * npm asks for (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md).
 */
import { rcompare, satisfies, valid } from 'semver';
import { isPackageName, namesOf, recordOf, shortText } from './node-lock';
import { Remembered } from './remembered';
import type { ListedRelease, ReleaseList } from './types';

/** More releases than this of a package are not kept; the oldest go. */
const mostReleases = 1_500;
const mostDependencies = 500;

type Entry = Readonly<Record<string, unknown>>;

/**
 * The releases, newest first, without preliminary ones that no tag names. `bytes`: the length of the document, which npm keeps in its
 * cache. Undefined when it is no such document.
 */
export function readNpmReleases(json: unknown, bytes: number): ReleaseList | undefined {
  const document = recordOf(json);
  const versions = recordOf(document?.versions);
  if (versions === undefined || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  const tags = textsOf(document?.['dist-tags']) ?? {};
  const tagged = new Set(Object.values(tags));
  const kept = Object.keys(versions).filter(
    (version) => valid(version) !== null && (!version.includes('-') || tagged.has(version)),
  );
  const releases = kept
    .sort(rcompare)
    .slice(0, mostReleases)
    .map((version) => releaseOf(version, recordOf(versions[version]) ?? {}));
  return { bytes, tags, releases };
}

/** The same as a short document, to be kept: {@link readNpmReleases} reads it with the same bytes. */
export function shortNpmReleases({ bytes, tags, releases }: ReleaseList): Entry & { readonly bytes: number } {
  const versions = releases.map(
    ({ version, dependencies, optional, peers, optionalPeers, node, unpacked, files, ...rest }) => [
      version,
      {
        ...rest,
        dependencies,
        optionalDependencies: optional,
        ...((peers || optionalPeers) && { peerDependencies: { ...peers, ...optionalPeers } }),
        ...(optionalPeers && {
          peerDependenciesMeta: Object.fromEntries(
            Object.keys(optionalPeers).map((name) => [name, { optional: true }]),
          ),
        }),
        hasInstallScript: rest.installScript,
        ...(unpacked !== undefined && { dist: { unpackedSize: unpacked, fileCount: files } }),
      },
    ],
  );
  return { bytes, 'dist-tags': tags, versions: Object.fromEntries(versions) };
}

function releaseOf(version: string, entry: Entry): ListedRelease {
  const optional = textsOf(entry.optionalDependencies);
  const bundled = entry.bundleDependencies ?? entry.bundledDependencies;
  const bundledNames = new Set(namesOf(bundled));
  const dependencies = bundled === true ? undefined : textsOf(entry.dependencies, (name) => !bundledNames.has(name));
  const spared = Object.entries(recordOf(entry.peerDependenciesMeta) ?? {}).filter(
    ([, about]) => recordOf(about)?.optional === true,
  );
  const sparedNames = new Set(spared.map(([name]) => name));
  const peers = textsOf(entry.peerDependencies, (name) => !sparedNames.has(name));
  const optionalPeers = textsOf(entry.peerDependencies, (name) => sparedNames.has(name));
  const dist = recordOf(entry.dist);
  const unpacked = countOf(dist?.unpackedSize);
  const files = countOf(dist?.fileCount);
  const scripts = recordOf(entry.scripts);
  const node = shortText(recordOf(entry.engines)?.node);
  const [os, cpu, libc] = [namesOf(entry.os), namesOf(entry.cpu), namesOf(entry.libc)];
  const hasScript =
    entry.hasInstallScript === true ||
    ['preinstall', 'install', 'postinstall'].some((name) => typeof scripts?.[name] === 'string');
  return {
    version,
    ...(dependencies && { dependencies }),
    ...(optional && { optional }),
    ...(peers && { peers }),
    ...(optionalPeers && { optionalPeers }),
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && { libc }),
    ...(hasScript && { installScript: true }),
    // Some are marked with an empty reason, which takes the mark away.
    ...((entry.deprecated === true || (typeof entry.deprecated === 'string' && entry.deprecated !== '')) && {
      deprecated: true,
    }),
    ...(node !== undefined && node !== '*' && { node }),
    ...(unpacked !== undefined && { unpacked }),
    ...(files !== undefined && { files }),
  };
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 20e9 ? value : undefined;
}

/** Names of packages with a text each; undefined when there is none. */
function textsOf(
  value: unknown,
  counts: (name: string) => boolean = () => true,
): Readonly<Record<string, string>> | undefined {
  const pairs = Object.entries(recordOf(value) ?? {})
    .slice(0, mostDependencies)
    .flatMap(([name, text]) => {
      const written = isPackageName(name) && counts(name) ? shortText(text) : undefined;
      return written === undefined ? [] : [[name, written] as const];
    });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/**
 * The release that npm takes for a range or a tag: the one with the tag `latest` where the range allows it, else the newest that it allows;
 * rather one that is made for the version of Node (where that is known) and not deprecated (`npm-pick-manifest`). Undefined when there is
 * none.
 */
export function pickRelease(list: ReleaseList, range: string, node?: string): ListedRelease | undefined {
  const key = `${node ?? ''} ${range}`;
  return picks.get(list, list, key, () => ({ release: pickAnew(list, range, node) })).release;
}

/** Lists stay while indexes change around them. */
const picks = new Remembered<{ readonly release: ListedRelease | undefined }>();

function pickAnew({ tags, releases }: ReleaseList, range: string, node: string | undefined): ListedRelease | undefined {
  const wanted = range.trim();
  const ofVersion = (version: string | undefined): ListedRelease | undefined =>
    version === undefined ? undefined : releases.find((each) => each.version === version);
  if (wanted !== 'latest' && Object.hasOwn(tags, wanted)) return ofVersion(tags[wanted]);
  const latest = ofVersion(tags.latest);
  if (wanted === 'latest') return latest;
  const all = wanted === '' || wanted === '*';
  if (latest !== undefined && (all || allows(wanted, latest.version)) && rankOf(latest, node) === 3) return latest;
  let best: ListedRelease | undefined;
  for (const each of releases) {
    if (!all && !allows(wanted, each.version)) continue;
    if (best === undefined || rankOf(each, node) > rankOf(best, node)) best = each;
    if (rankOf(best, node) === 3) break;
  }
  return best;
}

function rankOf({ node, deprecated }: ListedRelease, version: string | undefined): number {
  const isMadeFor = node === undefined || version === undefined || allows(node, version);
  return (isMadeFor ? 2 : 0) + (deprecated === true ? 0 : 1);
}

/** Whether a range allows a version, as npm reads ranges. */
export function allows(range: string, version: string): boolean {
  return satisfies(version, range, { loose: true });
}
