import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnf } from '../../../server/src/packages/dnf';
import { pacman } from '../../../server/src/packages/pacman';
import { debianIndex, only } from './distribution-fixtures';
import { runProvider, total } from './provider-run';

const indexes = only(debianIndex);

test('what is installed is estimated by packages of like names, and said so', () => {
  for (const line of [
    'dnf install -y cycle-a',
    'tdnf install -y cycle-a',
    'yum -y install cycle-a',
    'zypper -n in cycle-a',
  ]) {
    const effect = runProvider(dnf, line, { indexes });
    assert.equal(effect.unknown, undefined, line);
    assert.match(effect.evidence.join(' '), /Debian’s packages of like names/, line);
    const size = effect.writes.find((part) => part.package?.name === 'cycle-a')?.size;
    assert.equal(size?.basis, 'estimated');
    assert.ok(
      size !== undefined && size.high !== null && size.low < (size.bytes ?? 0) && (size.bytes ?? 0) < size.high,
    );
    assert.ok(effect.writes.some((part) => part.path === '/var/lib/rpm'));
  }
});

test('a package that is there from an earlier command counts once', () => {
  const first = runProvider(dnf, 'dnf install -y cycle-a', { indexes });
  const again = runProvider(dnf, 'dnf install -y cycle-a', { indexes, memory: first.memory });
  assert.ok((total(again).bytes ?? 0) < (total(first).bytes ?? 0));
});

test('another root holds nothing before', () => {
  const effect = runProvider(dnf, 'dnf install -y --installroot /out cycle-a', { indexes });
  assert.ok(effect.writes.filter((part) => part.package !== undefined).every((part) => part.path === '/out'));
});

test('without figures it says so and asks for them', () => {
  const effect = runProvider(dnf, 'dnf install -y git');
  assert.ok(effect.unknown);
  assert.deepEqual(effect.needs, [
    { kind: 'distribution', distribution: 'debian', suite: 'trixie', architecture: 'amd64' },
  ]);
});

test('cleaning removes the caches and leaves nothing unknown', () => {
  assert.deepEqual(runProvider(dnf, 'tdnf clean all').removes, ['/var/cache/tdnf/*']);
  for (const line of ['dnf clean all', 'yum clean all', 'dnf repolist', 'rpm -q glibc', 'rpm --import KEY'])
    assert.equal(runProvider(dnf, line).unknown, undefined, line);
  assert.equal(runProvider(dnf, 'rpm -i a.rpm').unknown, undefined);
  assert.ok(runProvider(dnf, 'dnf frobnicate').unknown);
});

test('pacman', () => {
  const effect = runProvider(pacman, 'pacman -Syu --noconfirm cycle-a', { indexes });
  assert.equal(effect.unknown, undefined);
  assert.ok(effect.writes.some((part) => part.path === '/var/cache/pacman/pkg'));
  assert.deepEqual(runProvider(pacman, 'pacman -Scc --noconfirm').removes, ['/var/cache/pacman/pkg/*']);
  assert.deepEqual(runProvider(pacman, 'pacman -Q').writes, []);
});
