/** What installing dependencies reads of a project and writes into it. */

/** The project as the installation finds it, by paths of the image. */
export interface ProjectView {
  /** Where the command runs, absolute and clean. */
  readonly folder: string;
  /** True when the copies above put a file or folder there. */
  readonly has: (path: string) => boolean;
  /** Text of a file that the copies put there. */
  readonly text: (path: string) => string | undefined | 'pending';
  /** Names in a folder that the copies put there, sorted; folders end in a slash. */
  readonly names: (path: string) => readonly string[];
}

export type InstallNeeds =
  | {
      readonly kind: 'needs';
      /** Files and folders that it reads, absolute; those that are not there are left out. */
      readonly reads: readonly string[];
      /** Where it writes in the project, absolute. */
      readonly writes: readonly string[];
      /** What could differ when the rest of the project is not there yet, localised. */
      readonly cautions: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** A file that decides is being read. */
  | { readonly kind: 'pending' };

export const pending: InstallNeeds = { kind: 'pending' };

export function refused(reason: string): InstallNeeds {
  return { kind: 'refused', reason };
}

/** Only the paths that are there. */
export function needs(
  view: ProjectView,
  reads: readonly string[],
  writes: readonly string[] = [],
  cautions: readonly string[] = [],
): InstallNeeds {
  const there = [...new Set(reads)].filter(view.has);
  return { kind: 'needs', reads: there, writes: [...new Set(writes)], cautions };
}

/** A path of the project. */
export function at({ folder }: ProjectView, path: string): string {
  return `${folder === '/' ? '' : folder}/${path}`;
}
