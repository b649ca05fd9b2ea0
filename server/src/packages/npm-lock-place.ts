/** Where npm looks for a project's lock file. */
import { isTooLarge, type LockReading } from './node-lock';
import { manifestDependencies } from './npm-closure';
import { readNpmLock } from './npm-lock';
import type { ProviderSurroundings } from './types';

/** npm's order: the first that is there counts. */
export const npmLockNames = ['npm-shrinkwrap.json', 'package-lock.json'];

export interface FoundNpmLock {
  readonly name: string;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly reading: LockReading;
}

/** Absolute path of a file in a folder. */
export function inFolder(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder}/${name}`;
}

/** The lock file of a folder; undefined when none is known. */
export function findNpmLock(folder: string, { files }: ProviderSurroundings): FoundNpmLock | 'pending' | undefined {
  for (const name of npmLockNames) {
    const path = inFolder(folder, name);
    const text = files.readText(path);
    if (text === 'pending') return 'pending';
    if (text !== undefined) return { name, bytes: text.length, reading: readNpmLock(text) };
    if (isTooLarge(path, files)) return { name, bytes: 0, reading: { kind: 'problem', problem: 'too large' } };
  }
  return undefined;
}

/** What package.json in a folder asks for; undefined when it is not known, or nonsense. */
export function readManifest(
  folder: string,
  { files }: Pick<ProviderSurroundings, 'files'>,
): ReturnType<typeof manifestDependencies> | 'pending' {
  const text = files.readText(inFolder(folder, 'package.json'));
  return text === undefined || text === 'pending' ? text : manifestDependencies(text);
}
