/**
 * What a registry of npm packages says of all releases of a package: the document at `{registry}/{name}`, in full or in the short form that
 * npm asks for (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md).
 */
import { rcompare, satisfies, valid } from 'semver';
import { isPackageName, namesOf, recordOf, shortText } from './node-lock';
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
  const versions = releases.map(({ version, dependencies, optional, peers, unpacked, files, ...rest }) => [
    version,
    {
      ...rest,
      dependencies,
      optionalDependencies: optional,
      peerDependencies: peers,
      hasInstallScript: rest.installScript,
      ...(unpacked !== undefined && { dist: { unpackedSize: unpacked, fileCount: files } }),
    },
  ]);
  return { bytes, 'dist-tags': tags, versions: Object.fromEntries(versions) };
}

function releaseOf(version: string, entry: Entry): ListedRelease {
  const optional = textsOf(entry.optionalDependencies);
  const bundled = entry.bundleDependencies ?? entry.bundledDependencies;
  const withoutBundled = bundled === true ? undefined : textsOf(entry.dependencies, new Set(namesOf(bundled)));
  const spared = Object.entries(recordOf(entry.peerDependenciesMeta) ?? {}).filter(
    ([, about]) => recordOf(about)?.optional === true,
  );
  const peers = textsOf(entry.peerDependencies, new Set(spared.map(([name]) => name)));
  const dist = recordOf(entry.dist);
  const unpacked = countOf(dist?.unpackedSize);
  const files = countOf(dist?.fileCount);
  const scripts = recordOf(entry.scripts);
  const [os, cpu, libc] = [namesOf(entry.os), namesOf(entry.cpu), namesOf(entry.libc)];
  const hasScript =
    entry.hasInstallScript === true ||
    ['preinstall', 'install', 'postinstall'].some((name) => typeof scripts?.[name] === 'string');
  return {
    version,
    ...(withoutBundled && { dependencies: withoutBundled }),
    ...(optional && { optional }),
    ...(peers && { peers }),
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && { libc }),
    ...(hasScript && { installScript: true }),
    ...(unpacked !== undefined && { unpacked }),
    ...(files !== undefined && { files }),
  };
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 20e9 ? value : undefined;
}

/** Names of packages with a text each; undefined when there is none. */
function textsOf(value: unknown, without?: ReadonlySet<string>): Readonly<Record<string, string>> | undefined {
  const pairs = Object.entries(recordOf(value) ?? {})
    .slice(0, mostDependencies)
    .flatMap(([name, text]) => {
      const written = isPackageName(name) && !without?.has(name) ? shortText(text) : undefined;
      return written === undefined ? [] : [[name, written] as const];
    });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/**
 * The release that npm takes for a range or a tag: the one with the tag `latest` where the range allows it, else the newest that it allows
 * (`npm-pick-manifest`). Undefined when there is none.
 */
export function pickRelease({ tags, releases }: ReleaseList, range: string): ListedRelease | undefined {
  const wanted = range.trim();
  const ofVersion = (version: string | undefined): ListedRelease | undefined =>
    version === undefined ? undefined : releases.find((each) => each.version === version);
  const latest = ofVersion(tags.latest);
  if (wanted === '' || wanted === '*' || wanted === 'latest') return latest ?? releases[0];
  if (Object.hasOwn(tags, wanted)) return ofVersion(tags[wanted]);
  if (latest !== undefined && allows(wanted, latest.version)) return latest;
  return releases.find(({ version }) => allows(wanted, version));
}

/** Whether a range allows a version, as npm reads ranges. */
export function allows(range: string, version: string): boolean {
  return satisfies(version, range, { loose: true });
}
