/** The distribution that the name of an image tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distributionOfName } from '../../../server/src/images/base-distribution';
import { parseReference } from '../../../server/src/images/reference';

/** Reference; distribution and release, with `?` where it is supposed. */
const rows: readonly (readonly [string, string])[] = [
  ['alpine', 'alpine 3.24 ?'],
  ['alpine:3.9', 'alpine 3.9'],
  ['alpine:edge', 'alpine edge'],
  ['debian', 'debian trixie ?'],
  ['debian:12.5-slim', 'debian bookworm'],
  ['debian:sid-slim', 'debian sid'],
  ['debian:testing', 'debian forky'],
  ['ubuntu', 'ubuntu resolute ?'],
  ['ubuntu:16.04', 'ubuntu xenial'],
  ['golang:alpine', 'alpine 3.24 ?'],
  ['golang:1.9', 'debian buster ?'],
  ['golang:1.24', 'debian trixie ?'],
  ['node:14', 'debian bullseye ?'],
  ['node:22-alpine3.21', 'alpine 3.21'],
  ['python:3.9', 'debian bookworm ?'],
  ['python:3.13-slim-trixie', 'debian trixie'],
  ['rust:buster', 'debian buster'],
  ['buildpack-deps:resolute-curl', 'ubuntu resolute'],
  ['openjdk:8-alpine', 'alpine 3.24 ?'],
  ['eclipse-temurin:21', 'ubuntu jammy ?'],
  ['fedora', 'fedora 43 ?'],
  ['fedora:40', 'fedora 40'],
  ['rockylinux:9', 'rocky 9'],
  ['amazonlinux:2', 'amzn 2'],
  ['archlinux', 'arch'],
  ['registry.access.redhat.com/ubi8/ubi-minimal:8.10', 'rhel 8'],
  ['redhat/ubi9', 'rhel 9'],
  ['nvidia/cuda:12.2.0-devel-ubuntu22.04', 'ubuntu jammy'],
  ['mcr.microsoft.com/devcontainers/base:1-bookworm', 'debian bookworm'],
  ['mcr.microsoft.com/dotnet/sdk:8.0-alpine3.20', 'alpine 3.20'],
  ['mcr.microsoft.com/dotnet/sdk:8.0', 'debian bookworm ?'],
  ['mcr.microsoft.com/azurelinux/base/core:3.0', 'azurelinux'],
  ['quay.io/jupyter/base-notebook', 'ubuntu noble ?'],
  ['public.ecr.aws/lambda/python:3.12', 'amzn 2023 ?'],
  ['team/alpine-tools:ubuntu-24.04', 'ubuntu noble'],
  ['busybox', ''],
  ['team/program:1.2', ''],
];

for (const [reference, expected] of rows)
  test(reference, () => {
    const parsed = parseReference(reference);
    assert.ok(parsed.kind === 'ok');
    const found = distributionOfName(parsed.reference);
    const words = found && [found.distribution, found.codename ?? found.version, found.supposed && '?'];
    assert.equal(words?.filter(Boolean).join(' ') ?? '', expected);
  });

test('no name is too strange', () => {
  for (const name of ['constructor', 'toString', '__proto__'])
    assert.equal(distributionOfName({ registry: 'docker.io', repository: `library/${name}`, tag: '1' }), undefined);
  fc.assert(
    fc.property(fc.string(), fc.string(), (repository, tag) => {
      distributionOfName({ registry: 'docker.io', repository, tag });
      distributionOfName({ registry: 'docker.io', repository: `library/${repository}`, tag });
    }),
  );
});
