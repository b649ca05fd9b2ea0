/** What is known of the system of a stage from the name and facts of its base image. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageFacts } from '../../../server/src/images/types';
import { stageSystem } from '../../../server/src/size/stage-system';

const rows: readonly (readonly [string, string | undefined, readonly (string | boolean | undefined)[], 'supposed'?])[] =
  [
    ['debian:bookworm-slim', undefined, ['debian', '12', 'bookworm', true]],
    ['debian:12', undefined, ['debian', '12', 'bookworm', true]],
    ['node:20-slim', 'Debian GNU/Linux 12 (bookworm)', ['debian', '12', 'bookworm', true]],
    ['python:3.13-slim-trixie', undefined, ['debian', '13', 'trixie', true]],
    ['ubuntu:24.04', undefined, ['ubuntu', '24.04', 'noble', true]],
    ['node:22-alpine3.21', undefined, ['alpine', '3.21', undefined, true]],
    ['alpine:3.20.3', undefined, ['alpine', '3.20', undefined, true]],
    ['registry.example.com/team/base:1', 'Ubuntu 22.04', ['ubuntu', '22.04', 'jammy', undefined]],
    ['redhat/ubi9', 'Red Hat Enterprise Linux 9.4', ['rhel', '9.4', undefined, undefined]],
    ['rockylinux:9', undefined, ['rocky', '9', undefined, true]],
    ['node:20', undefined, ['debian', '12', 'bookworm', true], 'supposed'],
    ['alpine:latest', undefined, ['alpine', '3.24', undefined, true], 'supposed'],
    ['alpine:latest', 'Alpine Linux v3.22', ['alpine', '3.22', undefined, true]],
    ['debian:sid-slim', undefined, ['debian', undefined, 'sid', true]],
    ['busybox:latest', undefined, [undefined, undefined, undefined, true]],
    ['not a reference', undefined, [undefined, undefined, undefined, undefined]],
  ];

describe('system of a stage', () => {
  for (const [reference, os, expected, guess] of rows) {
    it(`${reference}${os === undefined ? '' : `, ${os}`}`, () => {
      const image: ImageFacts | undefined =
        os === undefined ? undefined : { reference, os, layers: [], source: { kind: 'shipped', label: 'table' } };
      const { distribution, version, codename, official, supposed } = stageSystem(reference, image, 'linux/amd64');
      assert.deepEqual([distribution, version, codename, official], expected);
      assert.equal(supposed, guess === undefined ? undefined : true);
    });
  }

  it('names architectures as Debian does', () => {
    const of = (platform: string) => stageSystem('debian:12', undefined, platform).architecture;
    assert.deepEqual(['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7', 'linux/ppc64le'].map(of), [
      'amd64',
      'arm64',
      'armhf',
      'ppc64el',
    ]);
  });

  it('knows of scratch the architecture alone', () => {
    assert.deepEqual(stageSystem(undefined, undefined, 'linux/amd64'), { architecture: 'amd64' });
  });
});
