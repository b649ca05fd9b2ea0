/**
 * Archives that a step has unpacked into a folder. What they hold is not told apart, so that a folder which nothing else has made, beside
 * the archive and named like it, is taken to be the archive's: `tar xzf a-1.0.tgz && cd a-1.0 && make install && rm -rf ../a-1.0`.
 */
import { baseName, cleanPath } from '../../build/paths';
import type { SizeRange } from '../../packages/types';
import { noBytes } from '../size-range';
import type { StageFileAccess, WriteDetail } from './types';

interface Unpacked {
  readonly label: string;
  readonly size: SizeRange;
  readonly detail: WriteDetail;
}

const unpackedBy = new WeakMap<StageFileAccess, Map<string, readonly Unpacked[]>>();

/** Writes the contents of an archive into a folder and keeps in mind that they are there. */
export function writeUnpacked(folder: string, size: SizeRange, detail: WriteDetail, files: StageFileAccess): void {
  files.write(folder, 'tree', size, detail);
  const { label } = detail;
  if (label === undefined) return;
  const known = unpackedBy.get(files) ?? new Map<string, readonly Unpacked[]>();
  known.set(folder, [...(known.get(folder) ?? []), { label, size, detail }]);
  unpackedBy.set(files, known);
}

/** The archive whose folder a path is, and where it was unpacked; undefined when it is none, or something else is known of the path. */
function archiveAt(
  path: string,
  files: StageFileAccess,
): { readonly folder: string; readonly archive: Unpacked } | undefined {
  const folder = cleanPath(`${path}/..`);
  const candidates = unpackedBy.get(files)?.get(folder);
  if (candidates === undefined) return undefined;
  const others = /[*?]/.test(path) ? [] : files.entriesBelow(path).entries;
  if (others.some(({ kind }) => kind === 'file')) return undefined;
  const stem = stemOf(baseName(path));
  const named = candidates.find(({ label }) => stem !== '' && stemOf(label) === stem);
  const [only] = candidates;
  const versioned = /\d|[*\uE000]/.test(baseName(path)) && !/\.(?:gz|tgz|xz|bz2|zip|tar|zst)\*?$/.test(path);
  const archive = named ?? (candidates.length === 1 && versioned ? only : undefined);
  return archive === undefined ? undefined : { folder, archive };
}

/** `foo` of `foo-1.2.tar.gz`, `foo_1.2*` and `foo`. */
function stemOf(name: string): string {
  return name
    .replace(/\uE000[^\uE001]*\uE001?/g, '0')
    .replace(/[-_.*]?v?[\d*].*$/, '')
    .replace(/\.(?:tar|tgz|tar\..*|zip|txz|tbz2?)$/, '')
    .toLowerCase();
}

/** Takes the contents of an archive away when a path is its folder. True when it was. */
export function removeUnpacked(path: string, files: StageFileAccess): boolean {
  const found = archiveAt(path, files);
  if (found === undefined) return false;
  const { folder, archive } = found;
  files.write(folder, 'tree', noBytes, { label: archive.label });
  forget(folder, archive, files);
  return true;
}

/** Moves the contents of an archive when a path is its folder. True when it was. */
export function moveUnpacked(path: string, to: string, files: StageFileAccess): boolean {
  const found = archiveAt(path, files);
  if (found === undefined) return false;
  removeUnpacked(path, files);
  files.write(to, 'tree', found.archive.size, found.archive.detail);
  return true;
}

function forget(folder: string, archive: Unpacked, files: StageFileAccess): void {
  const known = unpackedBy.get(files);
  known?.set(
    folder,
    (known.get(folder) ?? []).filter((other) => other !== archive),
  );
}

const packedBy = new WeakMap<StageFileAccess, Map<string, SizeRange>>();

/** Keeps in mind what an archive holds that the step itself makes. */
export function notePacked(path: string, content: SizeRange, files: StageFileAccess): void {
  const known = packedBy.get(files) ?? new Map<string, SizeRange>();
  known.set(path, content);
  packedBy.set(files, known);
}

/** Bytes of the files in an archive that the step has made. */
export function packedAt(path: string, files: StageFileAccess): SizeRange | undefined {
  return packedBy.get(files)?.get(path);
}
