import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, lstatSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { digestFile } from '../../../server/src/facts/context-digests';
import type { Stamp } from '../../../server/src/facts/context-walk';
import { temporaryFolder } from './temporary-folder';

const onWindows = process.platform === 'win32';

function stampOf(path: string): Stamp {
  const { size, mtimeMs, ctimeMs, ino } = lstatSync(path);
  return { size, mtime: mtimeMs, ctime: ctimeMs, inode: ino };
}

describe('digest of a file', () => {
  it('is that of its bytes', (test) => {
    const path = join(temporaryFolder(test, { a: 'text' }), 'a');
    const answer = digestFile(path, 'sha256', stampOf(path));
    assert.ok(answer.kind === 'known');
    assert.equal(Buffer.from(answer.bytes).toString('hex'), createHash('sha256').update('text').digest('hex'));
  });

  it('is read only when a further write would have another time', (test) => {
    const path = join(temporaryFolder(test), 'a');
    for (let round = 0; round < 5; round++) {
      writeFileSync(path, `${round}`);
      const stamp = stampOf(path);
      assert.equal(digestFile(path, 'sha256', stamp).kind, 'known');
      writeFileSync(path, `${9 - round}`);
      assert.notEqual(lstatSync(path).ctimeMs, stamp.ctime);
    }
  });

  const changes: readonly [string, (path: string) => void][] = [
    ['grown', (path) => appendFileSync(path, 'x')],
    [
      'replaced by one of the same size',
      (path) => {
        writeFileSync(`${path}2`, 'tex2');
        renameSync(`${path}2`, path);
      },
    ],
    ['given another time', (path) => utimesSync(path, 1, 1)],
    ['removed', (path) => rmSync(path)],
    [
      'a link now',
      (path) => {
        rmSync(path);
        symlinkSync('b', path);
      },
    ],
  ];
  for (const [name, change] of changes) {
    it(`is not told of a file that has since been ${name}`, { skip: onWindows && 'links need a privilege' }, (test) => {
      const path = join(temporaryFolder(test, { a: 'text', b: 'text' }), 'a');
      const stamp = stampOf(path);
      change(path);
      assert.equal(digestFile(path, 'sha256', stamp).kind, 'changed');
    });
  }
});
