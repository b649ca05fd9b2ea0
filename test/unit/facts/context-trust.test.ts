import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeTrust,
  distrustOf,
  distrustOfMounts,
  distrustOfTimes,
  mountPoints,
  timesAbove,
} from '../../../server/src/facts/context-trust';
import { temporaryFolder } from './temporary-folder';

const unkept = process.platform === 'win32' && 'file times say nothing on Windows';

describe('trust in the times of files', () => {
  it('is there for a folder of this machine', { skip: unkept }, (test) => {
    assert.equal(distrustOf(temporaryFolder(test)), undefined);
  });

  it('is not for other file systems', { skip: process.platform !== 'linux' && 'there is no /proc' }, () => {
    assert.deepEqual(distrustOf('/proc'), { kind: 'file-system', name: '0x9fa0' });
    assert.equal(distrustOf('/')?.kind, 'mounted-below');
    assert.equal(distrustOf('/does/not/exist')?.kind, 'file-system');
  });

  it('knows mount points with blanks in their names', () => {
    const text = [
      '22 28 0:21 / /proc rw,nosuid - proc proc rw',
      String.raw`99 28 0:50 /sub /home/a\040b\134c rw shared:1 - ext4 /dev/sda1 rw`,
      '',
    ].join('\n');
    assert.deepEqual(mountPoints(text), ['/proc', String.raw`/home/a b\c`]);
  });

  const mounts = [
    '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
    'devfs on /dev (devfs, local, nobrowse)',
    '/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)',
    '//me@server/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)',
    '/dev/disk5s1 on /Volumes/My Stick (exfat, local, nodev)',
    '',
  ].join('\n');
  for (const [root, expected] of [
    ['/Users/me/project', undefined],
    ['/System/Volumes/Data/Users/me', undefined],
    ['/Volumes/share/project', { kind: 'file-system', name: 'smbfs' }],
    ['/Volumes/My Stick', { kind: 'file-system', name: 'exfat' }],
    ['/System/Volumes', { kind: 'mounted-below', path: '/System/Volumes/Data' }],
  ] as const) {
    it(`on macOS goes by the mount that holds ${root}`, () => {
      assert.deepEqual(distrustOfMounts(mounts, root), expected);
    });
  }

  it('ends with times of the future and without times', () => {
    assert.equal(distrustOfTimes(Float64Array.of(10.9, 9), 10), undefined);
    assert.deepEqual(distrustOfTimes(Float64Array.of(10, 12), 10), { kind: 'clock-set-back' });
    assert.deepEqual(distrustOfTimes(Float64Array.of(10, 0), 10), { kind: 'no-times' });
  });

  it('says why not in a sentence that names the place', () => {
    const cause = { kind: 'file-system', name: 'smbfs' } as const;
    const described = describeTrust('/share/project', { kind: 'untrusted', cause });
    assert.ok(described.kind === 'untrusted');
    assert.match(described.reason, /\/share\/project.*smbfs/);
  });
});

describe('times above a build context', { skip: unkept }, () => {
  it('tell when a folder on the way was moved, not when something came beside it', async (test) => {
    const folder = temporaryFolder(test, { 'a/b/context/x': '1' });
    const context = join(folder, 'a/b/context');
    const before = timesAbove(context, context);
    await sleep(12);
    writeFileSync(join(folder, 'a/new'), '');
    assert.deepEqual(timesAbove(context, context), before);
    writeFileSync(join(folder, 'a/b/new'), '');
    const beside = timesAbove(context, context);
    assert.equal(beside.placedAt, before.placedAt);
    assert.ok(beside.holderChangedAt > before.holderChangedAt);
    await sleep(12);
    renameSync(join(folder, 'a'), join(folder, 'c'));
    const moved = join(folder, 'c/b/context');
    assert.ok(timesAbove(moved, moved).placedAt > before.placedAt);
  });

  it('tell when a link on the way came to lead elsewhere', async (test) => {
    const folder = temporaryFolder(test, { 'one/x': '1', 'two/x': '2' });
    const context = join(folder, 'current');
    await sleep(12);
    const then = Date.now();
    await sleep(12);
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), context);
    mkdirSync(join(folder, 'beside'));
    assert.ok(timesAbove(context, join(folder, 'two')).placedAt > then);
  });
});
