/**
 * Has Node keep what it compiles, in the folder for caches: a program of megabytes starts in a fifth less time. Node does so from 22.1 on,
 * and keeps it apart by its version. To be loaded before anything large.
 */
import nodeModule from 'node:module';
import { join } from 'node:path';
import { defaultCacheFolder } from './cache-folder';

const { enableCompileCache }: typeof nodeModule & { readonly enableCompileCache?: (folder: string) => unknown } =
  nodeModule;

// Who names a folder has Node do it already; a folder that can't be written to is no error.
if (process.env.NODE_COMPILE_CACHE === undefined) {
  enableCompileCache?.(join(defaultCacheFolder(process.env, process.platform), 'code'));
}
