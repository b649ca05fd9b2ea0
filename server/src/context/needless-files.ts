/** Folders of a build context that hardly ever belong into an image. */

import { installCommandOf } from '../build/install-command';
import type { BuildStage, CopyOperation } from '../build/types';
import type { ContextSnapshot } from './types';

export interface NeedlessFolder {
  /** Path in the context. */
  readonly path: string;
  /** Bytes below it. */
  readonly bytes: number;
}

/** Histories of version control: a build reads them only to ask for its own revision. */
const histories = ['.git', '.hg', '.svn'];
/** What an install command makes anew in the image. */
const installed = ['node_modules', '.venv', '__pycache__'];

/**
 * Needless folders that a COPY of the build context takes, with their bytes. Installed packages count only where the stage installs them
 * itself, since otherwise the image gets them from here.
 */
export function needlessFolders(
  stage: BuildStage,
  operation: CopyOperation,
  snapshot: ContextSnapshot,
): readonly NeedlessFolder[] {
  if (operation.origin.kind !== 'context' || operation.exclude.length > 0) return [];
  const installs = stage.steps.some((step) => installCommandOf(step) !== undefined);
  const names = installs ? [...histories, ...installed] : histories;
  return operation.sources.flatMap((source) => {
    if (source.kind !== 'path' || source.wildcard) return [];
    return names.flatMap((name) => {
      const path = source.path === '' ? name : `${source.path}/${name}`;
      if (snapshot.entry(path)?.type !== 'directory') return [];
      const { bytes } = snapshot.totalsOf(path);
      return bytes > 0 ? [{ path, bytes }] : [];
    });
  });
}
