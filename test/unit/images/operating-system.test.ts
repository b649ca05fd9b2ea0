import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatingSystemOf, packageManagerOf } from '../../../server/src/images/operating-system';

const none = { environment: [], labels: {} };

test('the traces of official images name their system', () => {
  const debian = [{ createdBy: "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'" }];
  assert.equal(operatingSystemOf(none, debian), 'Debian GNU/Linux 12 (bookworm)');
  const alpine = [{ createdBy: 'ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit' }];
  assert.equal(operatingSystemOf(none, alpine), 'Alpine Linux v3.20');
  const ubuntu = { 'org.opencontainers.image.ref.name': 'ubuntu', 'org.opencontainers.image.version': '24.04' };
  assert.equal(operatingSystemOf({ ...none, labels: ubuntu }, []), 'Ubuntu 24.04');
  const redHat = { name: 'ubi9/ubi-minimal', vendor: 'Red Hat, Inc.', version: '9.4' };
  assert.equal(
    operatingSystemOf({ ...none, labels: { ...redHat, name: 'ubi9-minimal' } }, []),
    'Red Hat Enterprise Linux 9.4',
  );
  assert.equal(operatingSystemOf(none, [{ createdBy: 'RUN make' }]), undefined);
});

test('a system has its package manager', () => {
  assert.equal(packageManagerOf('Debian GNU/Linux 12 (bookworm)'), 'apt');
  assert.equal(packageManagerOf('Debian GNU/Linux 12 (bookworm)', 'gcr.io/distroless/static'), 'none');
  assert.equal(packageManagerOf('Ubuntu 24.04'), 'apt');
  assert.equal(packageManagerOf('Alpine Linux v3.20'), 'apk');
  assert.equal(packageManagerOf('Red Hat Enterprise Linux 9.4', 'ubi9-minimal'), 'microdnf');
  assert.equal(packageManagerOf('Fedora Linux'), 'dnf');
  assert.equal(packageManagerOf('Plan 9'), undefined);
  assert.equal(packageManagerOf(undefined), undefined);
});
