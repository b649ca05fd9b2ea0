/** Notices commits and switches of branch: git writes `HEAD`, `index` or a message file in its own folder. */
import { type FSWatcher, watch } from 'node:fs';
import { messageOf } from './errors';
import type { Disposable, Log } from './ports';

/** Calls the listener at each change directly in git's folder; quietly does nothing where the system can't watch it. */
export function watchGitFolder(gitFolder: string, listener: () => void, log: Log): Disposable {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(gitFolder, { persistent: false }, (_, name) => {
      // Lock files come and go without anything having changed.
      if (typeof name !== 'string' || !name.endsWith('.lock')) listener();
    });
    watcher.on('error', (error) => log.info(messageOf(error)));
  } catch (error) {
    log.info(messageOf(error));
  }
  return { dispose: () => watcher?.close() };
}
