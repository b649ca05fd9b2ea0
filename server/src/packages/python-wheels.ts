/** Wheels and source archives that lie in the stage: an index of their own. */
import { t } from '../localize';
import { exactBytes } from './byte-range';
import { normalizedVersion } from './pypi-release';
import { compareVersions } from './python-marker';
import { normalizedName } from './python-requirement';
import { shippedPython } from './python-shipped';
import { unpackedOfWheel } from './python-size';
import type { Answer, PackageIndexes, ReleaseSize, StageFiles } from './types';

export interface ArchiveName {
  readonly name: string;
  readonly version: string;
  readonly kind: 'pure' | 'platform' | 'source';
}

/** Reads `name-version-tags.whl` (PEP 427) and `name-version.tar.gz`; undefined for other names. */
function parseArchiveName(file: string): ArchiveName | undefined {
  const wheel = /^([A-Za-z0-9_.]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file);
  if (wheel !== null) {
    const [, name = '', version = '', , , platform] = wheel;
    return { name: normalizedName(name), version, kind: platform === 'any' ? 'pure' : 'platform' };
  }
  const source = /^(.+)-(\d[^-]*?)\.(?:tar\.gz|zip)$/.exec(file);
  if (source === null) return undefined;
  return { name: normalizedName(source[1] ?? ''), version: source[2] ?? '', kind: 'source' };
}

/** What an archive in the stage holds; undefined when the name is none of an archive. */
export function readLocalArchive(
  files: StageFiles,
  path: string,
): (ReleaseSize & { readonly name: string }) | undefined {
  const parsed = parseArchiveName(path.slice(path.lastIndexOf('/') + 1));
  if (parsed === undefined) return undefined;
  const { name, version, kind } = parsed;
  const shipped = shippedPython(name);
  const size = files.sizeOf(path);
  if (
    shipped !== undefined &&
    normalizedVersion(shipped.version) === normalizedVersion(version) &&
    size.bytes === shipped.archive
  ) {
    return { ...shipped, name };
  }
  const archive = size.bytes ?? (shipped !== undefined ? shipped.archive : null);
  return {
    name,
    version,
    archive,
    unpacked: archive === null ? { bytes: null, low: 0, high: null, basis: 'unknown' } : unpackedOfWheel(archive, kind),
    ...(kind !== 'source' && { pure: kind === 'pure' }),
    ...(shipped !== undefined && { requires: shipped.requires }),
  };
}

/** The indexes with the archives of some folders before PyPI, or instead of it. */
export function withLocalArchives(
  indexes: PackageIndexes,
  files: StageFiles,
  folders: readonly string[],
  exclusively: boolean,
): PackageIndexes {
  const releases = new Map<string, ReleaseSize & { readonly name: string }>();
  for (const folder of folders) {
    for (const file of files.list(folder).slice(0, 5_000)) {
      const release = readLocalArchive(files, `${folder}/${file}`);
      if (release === undefined) continue;
      releases.set(`${release.name}==${release.version}`, release);
      const newest = releases.get(release.name)?.version;
      if (newest === undefined || compareVersions(release.version ?? '0', newest) > 0)
        releases.set(release.name, release);
    }
  }
  if (releases.size === 0 && !exclusively) return indexes;
  return {
    distribution: indexes.distribution,
    npm: indexes.npm,
    url: indexes.url,
    pypi(name, version): Answer<ReleaseSize> {
      const value = releases.get(version === '' ? name : `${name}==${version}`);
      if (value !== undefined) {
        return {
          state: 'ready',
          value: withoutName(value),
          basis: 'computed',
          source: t('Archives in {0}', folders.join(', ')),
        };
      }
      if (exclusively) return { state: 'unknown', reason: t('{0} is not in {1}', name, folders.join(', ')) };
      return indexes.pypi(name, version);
    },
  };
}

function withoutName({ name: _, ...release }: ReleaseSize & { readonly name: string }): ReleaseSize {
  return release;
}

/** Bytes of an archive itself, as `pip download` and `pip wheel` keep it. */
export function archiveBytes(release: ReleaseSize | undefined): ReturnType<typeof exactBytes> {
  return release?.archive === undefined || release.archive === null
    ? { bytes: 250e3, low: 12e3, high: 18e6, basis: 'estimated' }
    : { ...exactBytes(release.archive), basis: 'computed' };
}
