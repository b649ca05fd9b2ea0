/**
 * What the commands of a RUN step do to the files of its stage. A handler says it through `StageFileAccess` and knows nothing of layers:
 * whoever implements the access makes copies in the layer, whiteouts and waste of it.
 */
import type { PackageIndexes, PackageRequest, SizeRange, StageSystem } from '../../packages/types';
import type { RunCommand } from '../../shell/types';

/** `tree`: a folder whose files are not told apart. */
export type PathKind = 'file' | 'directory' | 'link' | 'tree';

/** What lies at a path. */
export interface StageEntry {
  /** Absolute and clean. */
  readonly path: string;
  readonly kind: PathKind;
  /** Bytes of the file, or of everything in the tree; 0 for directories and links. */
  readonly size: SizeRange;
}

export interface WriteDetail {
  /** Text of the file, when it is known: `readText` gives it back. */
  readonly text?: string;
  /** What this is, for people. Localised. */
  readonly label?: string;
  /** Why its size is not known, localised: it matters only if the file is still there when the step ends. */
  readonly reason?: string;
  /** Regular files in a tree. */
  readonly files?: number;
  /** What a symbolic link leads to, as it is written in it; absent where that is not known. */
  readonly target?: string;
}

/**
 * The files of a stage while one command acts on them. Paths are absolute and clean (`build/paths`); those with unknown pieces hold marks
 * (`RunWord.standIn`) and are paths like any other: the same text is the same place.
 *
 * The access applies the command's occurrence (a handler acts as if its command ran once), ignores what is written at or below mounts and
 * below /proc, /sys and /dev, and makes parent folders as needed.
 */
export interface StageFileAccess {
  /** Undefined when not known (the base image may hold it). */
  exists(path: string): boolean | undefined;
  /** What lies at the path itself; undefined when nothing does, or it is not known. */
  entryAt(path: string): StageEntry | undefined;
  /** True: a folder. False: something else, or nothing. Undefined: not known. */
  isDirectory(path: string): boolean | undefined;
  /** Text of a file whose contents are known; `pending` while it is read. */
  readText(path: string): string | undefined | 'pending';
  /** Names of what is known to lie directly in a folder, sorted. */
  list(path: string): readonly string[];
  /** Everything known at and below a path, folders before what is in them. `complete`: nothing else lies there. */
  entriesBelow(path: string): { readonly entries: readonly StageEntry[]; readonly complete: boolean };
  /** Bytes at and below a path. */
  sizeOf(path: string): SizeRange;
  /** What unpacking the archive at a path gives, when its table of contents is known; `pending` while it is read. */
  archiveAt(path: string): { readonly size: SizeRange; readonly files: number } | undefined | 'pending';

  /**
   * Puts something at a path: a file there is overwritten (the layer then holds the new one alone), a folder there is added to.
   * `directory` and `link` have size 0.
   */
  write(path: string, kind: PathKind, size: SizeRange, detail?: WriteDetail): void;
  /** Removes a path with all that is below it; `*` and `?` in it stand for any characters but `/`. Nothing happens when it is not there. */
  remove(pathOrPattern: string): void;
  /** Moves a file or a whole folder to a path (the final one, not the folder it goes into). */
  move(from: string, to: string): void;
  /** Copies a file or a whole folder to a path (the final one). Contents of an existing folder are added to. */
  copy(from: string, to: string): void;
  /** A second name for a file: its bytes count once in a layer; a lower layer's file is copied up. */
  hardLink(from: string, to: string): void;
  /** Owner, mode or times change: a lower layer's file is copied up whole. `recursive`: for everything below too. Globs as in `remove`. */
  changeAttributes(pathOrPattern: string, recursive: boolean): void;
}

export interface CommandSurroundings {
  readonly files: StageFileAccess;
  readonly system: StageSystem;
  readonly indexes: PackageIndexes;
  /** Asks for what would make figures better. */
  need(request: PackageRequest): void;
  /** Where a figure comes from, localised. */
  evidence(sentence: string): void;
  /** Something is written that nothing tells of, localised: the step's size is then not known. */
  unknown(reason: string): void;
}

/** One command, or several that work alike. */
export interface FileCommand {
  readonly names: readonly string[];
  /** Never throws, whatever the words. */
  act(command: RunCommand, surroundings: CommandSurroundings): void;
}
