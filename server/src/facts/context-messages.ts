/** What the main thread and the context worker say to each other. */
import type { SnapshotColumns } from '../context/columns';
import type { ChangedRows } from '../context/row-changes';
import type { ArchiveKnowledge, DigestScheme, IgnoreFileFacts } from '../context/types';
import type { BlobList } from './blob-list';
import type { ContextProblem, PathProblem } from './context-problem';
import type { Trust } from './context-trust';

/** An archive's contents as they travel: the reason why it can't be read is a code, not yet a sentence. */
export type ArchiveAnswer =
  | Exclude<ArchiveKnowledge, { readonly kind: 'unreadable' }>
  | { readonly kind: 'unreadable'; readonly cause: ArchiveCause };

export type ArchiveCause = 'too-large' | 'too-many-entries' | 'too-slow' | 'damaged' | 'unreadable';

/** Numbered, so that `idle` can say up to where everything has been done. */
export type ContextRequest = { readonly sequence: number } & (
  | {
      readonly kind: 'open';
      readonly contextPath: string;
      readonly dockerfilePath: string;
      readonly ignoreText: string | undefined;
      readonly version: number;
      /** Folder of what was read before, see `createKeptDigests`; absent: everything is read. */
      readonly keptFolder?: string;
    }
  /** Text of the ignore file as it stands in the editor; undefined: as on disk. */
  | { readonly kind: 'ignore-text'; readonly text: string | undefined }
  /** Absolute paths that were created, changed or deleted. */
  | { readonly kind: 'events'; readonly paths: readonly string[] }
  /** Look at everything again. */
  | { readonly kind: 'recheck' }
  | { readonly kind: 'digests'; readonly scheme: DigestScheme }
  | { readonly kind: 'archive'; readonly path: string }
  /** Object IDs of tracked files that git found unchanged, by context path; `asOf`: when it began to look (epoch, ms). */
  | { readonly kind: 'blobs'; readonly blobs: BlobList; readonly asOf: number }
);

interface Known {
  readonly version: number;
  readonly problems: readonly PathProblem[];
  readonly archives: ReadonlyMap<string, ArchiveAnswer>;
  readonly trust: Trust;
}

export type ContextReply =
  | ({ readonly kind: 'ready'; readonly columns: SnapshotColumns; readonly ignoreFile: IgnoreFileFacts } & Known)
  /**
   * The entries are those of the last `ready`. More is known of their contents: with `digests`, of any; and the rows of
   * saved files and of the directories above them have changed.
   */
  | ({
      readonly kind: 'contents';
      readonly rows: ChangedRows;
      readonly digests: SnapshotColumns['digests'] | undefined;
    } & Known)
  | { readonly kind: 'unavailable'; readonly problem: ContextProblem }
  /** Everything asked for up to this request is done. */
  | { readonly kind: 'idle'; readonly sequence: number }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string };
