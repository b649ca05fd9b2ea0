import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnf } from '../../../server/src/packages/dnf';
import { runProvider } from './provider-run';

test('what is installed is unknown, and its names are told', () => {
  for (const line of [
    'dnf install -y git make',
    'tdnf install -y git make',
    'yum -y install git make',
    'microdnf install git make',
  ]) {
    const { unknown, writes } = runProvider(dnf, line);
    assert.match(unknown ?? '', /git, make/, line);
    assert.deepEqual(writes, []);
  }
  assert.ok(runProvider(dnf, 'rpm -i a.rpm').unknown);
});

test('cleaning removes the caches and leaves nothing unknown', () => {
  assert.deepEqual(runProvider(dnf, 'tdnf clean all').removes, ['/var/cache/tdnf/*']);
  for (const line of ['dnf clean all', 'yum clean all', 'dnf repolist', 'rpm -q glibc', 'rpm --import KEY'])
    assert.equal(runProvider(dnf, line).unknown, undefined, line);
});
