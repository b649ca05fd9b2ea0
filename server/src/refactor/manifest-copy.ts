/** COPY instructions that bring the files which an installation reads, and nothing else. */
import type { ContextSnapshot } from '../context/types';
import { t } from '../localize';
import { type ContextCopy, providedAt } from './copy-placement';
import type { Source } from './run-part';
import { within } from './split-types';

export interface ManifestLines {
  readonly kind: 'lines';
  /** Without line ends. */
  readonly lines: readonly string[];
  /** Paths in the build context, all that the installation reads. */
  readonly paths: readonly string[];
  /** What could differ, localised. */
  readonly cautions: readonly string[];
}

export type ManifestReading = ManifestLines | { readonly kind: 'refused'; readonly reason: string };

const mostLines = 10;

/**
 * The lines for what is not brought by copies that stay above.
 * @param reads absolute paths of the image
 * @param folder where the installation runs
 */
export function manifestLines(
  source: Source,
  snapshot: ContextSnapshot,
  copies: {
    readonly all: readonly ContextCopy[];
    readonly staying: readonly ContextCopy[];
    readonly moved: readonly ContextCopy[];
  },
  reads: readonly string[],
  folder: string,
): ManifestReading {
  const refuse = (reason: string): ManifestReading => ({ kind: 'refused', reason });
  const groups = new Map<string, string[]>();
  const flags = new Set<string>();
  const paths: string[] = [];
  const cautions: string[] = [];
  for (const path of reads) {
    const provided = providedAt(copies.all, snapshot, path);
    if (provided === undefined) continue;
    paths.push(provided.source);
    const final = providedAt(copies.moved, snapshot, path);
    if (final !== undefined && final.source !== provided.source)
      return refuse(t('{0} is copied twice, from different files', provided.source));
    if (providedAt(copies.staying, snapshot, path)?.source === provided.source) continue;
    if (!/^[\w@.+/-]+$/.test(provided.source)) return refuse(t('the name {0} needs quotes', provided.source));
    const { operation, step } = provided.copy;
    flags.add(
      step.instruction.flags
        .filter(({ name }) => name === 'chown' || name === 'chmod')
        .map(({ range }) => `${source.document.slice(range)} `)
        .join(''),
    );
    const directory = snapshot.entry(provided.source)?.type === 'directory';
    const target = directory ? path : path.slice(0, path.lastIndexOf('/')) || '/';
    const relative =
      target === folder
        ? './'
        : within(target, folder)
          ? `${target.slice(folder === '/' ? 1 : folder.length + 1)}/`
          : `${target}/`;
    const key = directory ? `${relative}\0` : relative;
    groups.set(key, [...(groups.get(key) ?? []), provided.source]);
    for (const each of foldersBetween(folder, target)) {
      const entry = providedAt(copies.all, snapshot, each)?.source;
      const mode = entry === undefined ? undefined : snapshot.entry(entry)?.mode;
      if (mode !== undefined && (mode !== 0o755 || operation.mode !== undefined))
        cautions.push(
          t('The folder {0} has mode 755 in the image then, not {1}.', each, operation.mode ?? mode.toString(8)),
        );
    }
  }
  if (groups.size > mostLines) return refuse(t('its manifests lie in {0} folders', groups.size));
  const [flag = '', ...others] = flags;
  if (others.length > 0) return refuse(t('the manifests are copied with different owners or modes'));
  const lines = [...groups].map(([key, files]) => `COPY ${flag}${files.join(' ')} ${key.replace('\0', '')}`);
  return { kind: 'lines', lines, paths, cautions: [...new Set(cautions)] };
}

/** Folders below the first, down to the second. */
function foldersBetween(folder: string, target: string): readonly string[] {
  if (target === folder || !within(target, folder)) return [];
  const parts = target.slice(folder === '/' ? 1 : folder.length + 1).split('/');
  return parts.map((_, index) => `${folder === '/' ? '' : folder}/${parts.slice(0, index + 1).join('/')}`);
}
