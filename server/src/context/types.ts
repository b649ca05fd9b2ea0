/**
 * The build context as the builder sees it: an immutable index of what is left after the ignore file.
 * Paths are relative to the context root, separated by `/`, without leading or trailing slash; the root is ''.
 */

export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

export interface ContextEntry {
  readonly path: string;
  readonly name: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky (0o7777). */
  readonly mode: number;
  /** Apparent bytes of a regular file; 0 for everything else. */
  readonly size: number;
  readonly linkTarget?: string;
  /** Same value for hard links of one inode within the context; absent for a file with one link. */
  readonly hardLink?: string;
}

/**
 * How file contents are identified. `sha256`: of the bytes, with the full mode. `git`: blob id, with the mode as git keeps it (644 or 755,
 * directories 755), so that a commit's tree and a working tree can be compared.
 */
export type DigestScheme = 'sha256' | 'git';

export interface Totals {
  /** Apparent bytes of regular files, a hard link once. */
  readonly bytes: number;
  readonly files: number;
}

/** What is known of an archive that ADD would unpack. */
export type ArchiveKnowledge =
  | {
      readonly kind: 'archive';
      readonly bytes: number;
      readonly files: number;
      readonly largest: readonly { readonly path: string; readonly size: number }[];
    }
  /** ADD copies it as it is. */
  | { readonly kind: 'not-an-archive' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** When something last happened to an entry, in milliseconds since the epoch, by the file system's own clock. */
export interface EntryTimes {
  readonly mtime: number;
  /** Change of content, mode, owner, links or, of a directory, of the names in it; also of its own name or place. */
  readonly ctime: number;
  /** Of a directory, no less than the latest `ctime` of itself and of everything below it; else the same as `ctime`. */
  readonly newest: number;
}

/** Whether the times of a build context's entries tell what has changed since a moment. */
export type ContextTimes =
  | {
      /** A local file system, whose change times nobody but this machine's kernel sets. */
      readonly kind: 'kept';
      /** Change time of the directory that holds the context root (ms since the epoch). */
      readonly holderChangedAt: number;
      /**
       * The latest sign that a directory above the root, or a link on the way to it, was put there or had its mode changed
       * (ms since the epoch): a change time that differs from the modification time.
       */
      readonly placedAt: number;
    }
  /** Nothing follows from the times; the reason is localised. */
  | { readonly kind: 'untrusted'; readonly reason: string };

export interface ContextSnapshot {
  /** Grows with every change; results may be cached under it. */
  readonly version: number;
  /** Everything that is sent when the whole context is used. */
  readonly totals: Totals;
  /** The entry itself (links are not followed); undefined when absent or ignored. */
  entry(path: string): ContextEntry | undefined;
  /** Entries directly below a directory, sorted by name in byte order. */
  children(path: string): readonly ContextEntry[];
  /** Bytes and files below a path (of the file itself when it is one). Constant time for directories without hard links. */
  totalsOf(path: string): Totals;
  /**
   * Digest of a file, symlink or whole tree: type, mode, link target, contents, and for directories the names and digests below; no times,
   * no owner, and not the name of the entry itself (as cache/contenthash of BuildKit). Undefined until digests of that scheme are there.
   */
  digest(path: string, scheme: DigestScheme): string | undefined;
  /** Why the digest of something below can't be had (vanished, no permission), path by path; empty when all is well. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Undefined when the path is absent or ignored. The member is absent where entries have no times, as in the tree of a commit. */
  times?(path: string): EntryTimes | undefined;
  /** Undefined until asked for. */
  archive(path: string): ArchiveKnowledge | undefined;
}

export interface IgnoreFileFacts {
  /** Path relative to the context root, or of the Dockerfile's own ignore file; absent when there is none. */
  readonly path?: string;
  readonly text: string;
  /**
   * The latest moment at which another ignore file may have held, or this one another text (ms since the epoch); absent
   * when that can't be told.
   */
  readonly changedAt?: number;
}

/** What stands for the contents of files that were not read: each has its own, or all of one size have the same. */
export type Assumption = 'distinct' | 'alike';

export interface ReadyContext {
  readonly state: 'ready';
  readonly snapshot: ContextSnapshot;
  readonly ignoreFile: IgnoreFileFacts;
  /** Absent: the entries have no times. */
  readonly times?: ContextTimes;
  /** Digests are assumed, not made: see `withAssumedDigests`. */
  readonly assumed?: Assumption;
}

export type ContextFacts =
  | ReadyContext
  | { readonly state: 'pending' }
  /** Missing, a file, unreadable, untrusted: the reason names the place and the way out, localised. */
  | { readonly state: 'unavailable'; readonly reason: string };

/** What one COPY, ADD or bind mount takes. */
export interface Selection {
  readonly sources: readonly { readonly path: string; readonly wildcard: boolean }[];
  readonly exclude: readonly string[];
  readonly parents: boolean;
  /** ADD: local archives are unpacked. */
  readonly unpack: boolean;
}

export interface SelectedRoot {
  /** Index into `Selection.sources`. */
  readonly source: number;
  readonly entry: ContextEntry;
  /** Links in the path were followed to here; equals `entry.path` when there were none. */
  readonly resolvedPath: string;
}

export interface SourceMatch {
  /** What the sources name, wildcards expanded, in the builder's order. */
  readonly roots: readonly SelectedRoot[];
  /** Literal sources that do not exist (or are ignored): the build would fail. */
  readonly missing: readonly string[];
  readonly totals: Totals;
  /** Largest files and directories, biggest first, at most 20: paths in the context. */
  readonly largest: readonly { readonly path: string; readonly size: number; readonly type: EntryType }[];
  /** Archives (paths) whose contents have to be known before the totals are; the totals leave them out. */
  readonly pendingArchives: readonly string[];
  /** Malformed wildcard or exclude pattern: the build would fail. */
  readonly badPatterns: readonly string[];
}
