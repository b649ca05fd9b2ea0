import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchGitFolder } from '../../../server/src/facts/git-watch';
import { inMemoryLog } from './in-memory-log';
import { temporaryRepository } from './temporary-repository';

test('a commit is noticed', async () => {
  const repository = await temporaryRepository();
  try {
    await repository.commit({ x: '1' });
    const log = inMemoryLog();
    // A watcher does not keep the process alive.
    const alive = setInterval(() => undefined, 1_000);
    await new Promise<void>((resolve, reject) => {
      const { dispose } = watchGitFolder(
        join(repository.folder, '.git'),
        () => {
          dispose();
          resolve();
        },
        log,
      );
      repository.commit({ x: '2' }).catch(reject);
    }).finally(() => clearInterval(alive));
    assert.deepEqual(log.infos, []);
  } finally {
    await repository.remove();
  }
});

test('a folder that can not be watched is said in the log', () => {
  const log = inMemoryLog();
  watchGitFolder('/nonexistent/.git', () => assert.fail('called'), log).dispose();
  assert.equal(log.infos.length, 1);
});
