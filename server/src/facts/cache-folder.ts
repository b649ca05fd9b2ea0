/** Where what can be fetched again is kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for caches of a program without storage of its own: by the XDG base directory specification, Apple's file system
 * guidelines, and Windows' local application data.
 */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string = homedir(),
): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (platform === 'win32') return join(local || join(home, 'AppData', 'Local'), 'strata', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'strata');
  // Relative paths count as not set, says the specification.
  return join(xdg?.startsWith('/') ? xdg : join(home, '.cache'), 'strata');
}

/** Where a program keeps what can be had again: below the storage that it has been given, else in the user's cache. */
export function cacheFolderOf(storagePath: string | undefined): string {
  return storagePath === undefined ? defaultCacheFolder(process.env, process.platform) : join(storagePath, 'cache');
}

/** Where digests of contents are kept from one run of the program to the next. */
export function keptDigestsFolder(storagePath: string | undefined): string {
  return join(cacheFolderOf(storagePath), 'contents');
}
