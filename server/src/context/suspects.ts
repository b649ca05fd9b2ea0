/** The files and folders of a build context whose names make one ask whether an image needs them; looked for once in each snapshot. */
import { nameAt, pathAt, type SnapshotColumns, sizeAt, typeAt } from './columns';
import { remembered } from './remembered';
import { sourceOf } from './snapshot';
import {
  mayBeSuspect,
  type NeedlessKind,
  type SecretKind,
  type Suspicion,
  suspectFile,
  suspectFolder,
} from './suspect-names';
import type { ContextSnapshot } from './types';

export type Suspect = {
  /** Path in the context. */
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly folder: boolean;
} & (
  | { readonly concern: 'needless'; readonly kind: NeedlessKind }
  | { readonly concern: 'secret'; readonly kind: SecretKind; readonly content?: RegExp }
);

/** More of them would be no list any more. */
const mostSuspects = 2_000;

/** Nobody writes what lies in these, so a secret in it is not one of the project. */
const foreign: ReadonlySet<NeedlessKind> = new Set(['history', 'installed', 'cache', 'coverage']);

/** Whether a folder stands for all it holds, by its name: what lies in it is nobody's own work. */
export function standsForContents(name: string): boolean {
  const kind = suspectFolder(name);
  return kind !== undefined && foreign.has(kind);
}

/**
 * All of them, folders before what they hold, at most 2,000. What lies in version control's or a package manager's folder is not looked
 * at: the folder stands for it. Empty where a snapshot has no columns.
 */
export function suspectsOf(snapshot: ContextSnapshot): readonly Suspect[] {
  return remembered(snapshot, 'suspects', () => {
    const columns = sourceOf(snapshot)?.columns;
    return columns === undefined ? [] : find(columns);
  });
}

/** Rows whose names alone make one ask; gone through once for all snapshots that have the same names. */
const askingRows = new WeakMap<SnapshotColumns['names'], readonly number[]>();

function rowsToAsk(columns: SnapshotColumns): readonly number[] {
  const known = askingRows.get(columns.names);
  if (known) return known;
  const rows: number[] = [];
  // A row stands behind its folder's, so one pass tells of each whether it lies in a folder that stands for it.
  const within = new Uint8Array(columns.count);
  for (let row = 1; row < columns.count; row++) {
    const parent = columns.parents[row] ?? 0;
    if (within[parent] === 1) {
      within[row] = 1;
      continue;
    }
    const type = typeAt(columns, row);
    if (type === 'directory') {
      const kind = suspectFolder(nameAt(columns, row));
      if (kind === undefined) continue;
      rows.push(row);
      if (foreign.has(kind)) within[row] = 1;
    } else if (type === 'file' && suspicionAt(columns, row) !== undefined) rows.push(row);
  }
  askingRows.set(columns.names, rows);
  return rows;
}

function suspicionAt(columns: SnapshotColumns, row: number): Suspicion | undefined {
  if (!mayBeSuspect(columns.names, columns.nameEnds[row - 1] ?? 0, columns.nameEnds[row] ?? 0)) return undefined;
  return suspectFile(nameAt(columns, row), nameAt(columns, columns.parents[row] ?? 0));
}

function find(columns: SnapshotColumns): readonly Suspect[] {
  const found: Suspect[] = [];
  for (const row of rowsToAsk(columns)) {
    if (found.length >= mostSuspects) break;
    const bytes = sizeAt(columns, row);
    if (bytes === 0) continue;
    const common = { path: pathAt(columns, row), bytes, files: columns.fileCounts[row] ?? 0 };
    const suspicion = typeAt(columns, row) === 'file' ? suspicionAt(columns, row) : undefined;
    const kind = suspicion === undefined ? suspectFolder(nameAt(columns, row)) : undefined;
    if (suspicion !== undefined) found.push({ ...common, folder: false, ...suspicion });
    else if (kind !== undefined) found.push({ ...common, folder: true, concern: 'needless', kind });
  }
  return found;
}
