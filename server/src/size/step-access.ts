/** The files of a stage as the commands of one RUN step see them: those of the image, and what is mounted over them. */
import { pathInOrigin } from '../build/paths';
import type { ResolvedMount } from '../build/types';
import type { SizeRange, StageFiles } from '../packages/types';
import type { PathKind, StageEntry, StageFileAccess, WriteDetail } from './commands/types';
import type { LayerWork } from './layer-work';
import type { Part } from './part';
import { below, contextPart, entryIn, isWithin, sizeOfPart, under } from './part';
import { addRanges, exactRange } from './size-range';
import type { StageFilesState } from './stage-files';
import { emptyStage, entriesIn, existsIn, isDirectoryIn, namesIn, partsAt, sizeIn } from './stage-files';

/** Reads what a step asks for beyond the index of the context. */
export interface StepReading {
  /** Text of a file of the build context. */
  readContextFile(path: string): string | undefined | 'pending';
  /** Asks for the table of contents of an archive of the build context. */
  needArchive(path: string): void;
  /** Files of another stage, for mounts from it. */
  stageFiles(stage: number): StageFilesState | undefined;
}

interface Mount {
  readonly target: string;
  /** What lies below the target; undefined when it is not known. */
  readonly files: StageFilesState | undefined;
}

/** What a bind mount shows, as files of a stage of its own. */
function mountedFiles(mount: ResolvedMount, work: LayerWork, reading: StepReading): StageFilesState | undefined {
  const { origin, target } = mount;
  const source = pathInOrigin(mount.source);
  if (mount.type === 'bind' && origin.kind === 'context' && work.snapshot !== undefined) {
    const part = contextPart(source, target, work.owner, work.snapshot);
    return { ...emptyStage(true), parts: part === undefined ? [] : [part], directories: new Set(['/', target]) };
  }
  if (mount.type === 'bind' && origin.kind === 'stage') {
    const files = reading.stageFiles(origin.stage);
    if (files === undefined) return undefined;
    const from = `/${source}`;
    const parts = partsAt(files, from, work.snapshot).map(
      (part): Part => ({ ...part, path: under(target, below(part.path, from)) }),
    );
    return { ...emptyStage(files.emptyBase), parts, directories: new Set(['/', target]) };
  }
  return mount.type === 'tmpfs' ? emptyStage(true) : undefined;
}

/** Places of the step's mounts in the image. */
export function mountTargets(mounts: readonly ResolvedMount[]): readonly string[] {
  return mounts.flatMap(({ target, type }) => {
    if (target !== '') return [target];
    return type === 'secret' ? ['/run/secrets'] : [];
  });
}

export class StepAccess implements StageFileAccess, StageFiles {
  readonly #mounts: readonly Mount[];
  /** Texts that were read, for as long as the answer stays the same. */
  readonly texts = new Map<string, string | undefined | 'pending'>();

  constructor(
    private readonly work: LayerWork,
    mounts: readonly ResolvedMount[],
    private readonly reading: StepReading,
  ) {
    this.#mounts = mounts.flatMap((mount): Mount[] => {
      if (mount.target === '') return [];
      return [{ target: mount.target, files: mountedFiles(mount, work, reading) }];
    });
  }

  /** What a path is looked up in: a mount over it, or the stage. Undefined when a mount's contents are not known. */
  private at(path: string): StageFilesState | undefined {
    const mount = this.#mounts.findLast(({ target }) => isWithin(path, target));
    return mount === undefined ? this.work.state : mount.files;
  }

  exists(path: string): boolean | undefined {
    const state = this.at(path);
    return state === undefined ? undefined : existsIn(state, path, this.work.snapshot);
  }

  isDirectory(path: string): boolean | undefined {
    if (this.#mounts.some(({ target, files }) => target === path && files === undefined)) return true;
    const state = this.at(path);
    return state === undefined ? undefined : isDirectoryIn(state, path, this.work.snapshot);
  }

  entryAt(path: string): StageEntry | undefined {
    const state = this.at(path);
    if (state === undefined) return undefined;
    const part = this.partAt(path);
    if (part !== undefined && part.kind !== 'context' && part.path === path) {
      return { path, kind: part.kind === 'bulk' ? 'tree' : part.kind, size: sizeOfPart(part) };
    }
    const { snapshot } = this.work;
    const entry = part?.kind === 'context' && snapshot !== undefined ? entryIn(part, path, snapshot) : undefined;
    switch (entry?.type) {
      case 'file':
        return { path, kind: 'file', size: exactRange(entry.size) };
      case 'symlink':
      case 'other':
        return { path, kind: 'link', size: exactRange(0) };
      case 'directory':
        return { path, kind: 'directory', size: exactRange(0) };
      case undefined:
        break;
    }
    return isDirectoryIn(state, path, snapshot) === true ? { path, kind: 'directory', size: exactRange(0) } : undefined;
  }

  readText(path: string): string | undefined | 'pending' {
    const source = this.sourceOf(path);
    if (typeof source !== 'string') return source?.text;
    const text = this.reading.readContextFile(source);
    this.texts.set(source, text);
    return text;
  }

  /** The context's path of a file, or the text that a step gave it. */
  private sourceOf(path: string): string | { readonly text: string } | undefined {
    const part = this.partAt(path);
    if (part?.kind === 'file') return part.text === undefined ? part.source : { text: part.text };
    if (part?.kind !== 'context' || this.work.snapshot === undefined) return undefined;
    const entry = entryIn(part, path, this.work.snapshot);
    return entry?.type === 'file' ? entry.path : undefined;
  }

  /** The part that has something at exactly this path. */
  private partAt(path: string): Part | undefined {
    const state = this.at(path);
    const { snapshot } = this.work;
    return state?.parts.findLast(
      (part) =>
        part.path === path ||
        (part.kind === 'context' && snapshot !== undefined && entryIn(part, path, snapshot) !== undefined),
    );
  }

  list(path: string): readonly string[] {
    const state = this.at(path);
    return state === undefined ? [] : namesIn(state, path, this.work.snapshot);
  }

  entriesBelow(path: string): { readonly entries: readonly StageEntry[]; readonly complete: boolean } {
    const state = this.at(path);
    return state === undefined ? { entries: [], complete: false } : entriesIn(state, path, this.work.snapshot);
  }

  sizeOf(path: string): SizeRange {
    const state = this.at(path);
    return state === undefined ? addRanges([]) : sizeIn(state, path, this.work.snapshot);
  }

  archiveAt(path: string): { readonly size: SizeRange; readonly files: number } | undefined | 'pending' {
    const source = this.sourceOf(path);
    if (typeof source !== 'string') return undefined;
    const archive = this.work.snapshot?.archive(source);
    if (archive === undefined) {
      this.reading.needArchive(source);
      return 'pending';
    }
    return archive.kind === 'archive' ? { size: exactRange(archive.bytes), files: archive.files } : undefined;
  }

  write(path: string, kind: PathKind, size: SizeRange, detail: WriteDetail = {}): void {
    switch (kind) {
      case 'directory':
        this.work.makeDirectory(path);
        return;
      case 'link':
        this.work.writeLink(path, detail.target);
        return;
      case 'file':
        this.work.writeFile(path, size, detail);
        return;
      case 'tree':
        this.work.writeTree(path, size, detail);
        return;
      default:
        kind satisfies never;
    }
  }

  remove(pathOrPattern: string): void {
    this.work.remove(pathOrPattern);
  }

  move(from: string, to: string): void {
    if (this.work.isOutside(from)) this.copy(from, to);
    else this.work.move(from, to);
  }

  copy(from: string, to: string): void {
    const mount = this.#mounts.findLast(({ target }) => isWithin(from, target));
    if (mount === undefined) {
      this.work.copy(from, to);
      return;
    }
    if (mount.files === undefined) {
      this.work.doubt(to);
      return;
    }
    for (const part of partsAt(mount.files, from, this.work.snapshot)) {
      this.work.write({ ...part, path: under(to, below(part.path, from)), owner: this.work.owner });
    }
  }

  hardLink(from: string, to: string): void {
    this.work.hardLink(from, to);
  }

  changeAttributes(pathOrPattern: string, recursive: boolean): void {
    this.work.changeAttributes(pathOrPattern, recursive);
  }
}
