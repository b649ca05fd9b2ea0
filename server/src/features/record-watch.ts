/**
 * Notices builds that another program or window adds to a record. Records lie in a folder of the editor's own, outside of
 * every workspace, where clients do not watch.
 */
import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, type LogChannel } from './guard';
import type { Disposable } from './session';

/** Calls back with the path of a record file that was written. A folder that cannot be watched is said in the log, once. */
export function watchRecords(
  storagePath: string | undefined,
  written: (path: string) => void,
  log: LogChannel,
): Disposable {
  if (storagePath === undefined) return { dispose: () => undefined };
  const folder = join(storagePath, 'records');
  let watcher: FSWatcher | undefined;
  let disposed = false;
  const failed = (error: unknown): void => {
    watcher?.close();
    log.warn(`Builds that other programs record go unnoticed, as ${folder} can't be watched: ${describeError(error)}`);
  };
  // There is nothing to watch before the first record, and the first may be another program's.
  mkdir(folder, { recursive: true })
    .then(() => {
      if (disposed) return;
      watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name?.endsWith('.json')) written(join(folder, name));
      });
      watcher.on('error', failed);
    })
    .catch(failed);
  return {
    dispose() {
      disposed = true;
      watcher?.close();
    },
  };
}
