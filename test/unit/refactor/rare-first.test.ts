import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rareFirst } from '../../../server/src/refactor/rare-first';
import { testFixtures } from './fixtures';
import { refactorContext } from './scenario';

testFixtures(rareFirst);

const files = Object.fromEntries(
  [
    'main.js',
    '.npmrc',
    'pip.conf',
    'apt.conf',
    'repos',
    'keys/a',
    'cfg',
    'ca.pem',
    'flag',
    'extra.list',
    'bin/apt-get',
    'wheels/a.whl',
    'tools/cli/package.json',
    'thing-1.gem',
    'logging.py',
  ].map((path) => [path, path === 'repos' ? 'deb [trusted=yes] file:/app/wheels ./' : 'text']),
);

function isOffered(lines: readonly string[]): boolean {
  const text = `${lines.join('\n')}\n`;
  return rareFirst.offer(refactorContext(text, { files })).refactorings.length > 0;
}

const debian = ['FROM debian:12', 'WORKDIR /app', 'COPY . .'];
const packages = 'RUN apt-get update && apt-get install -y curl';

describe('a step that may come across what is copied stays below it', () => {
  it('moves otherwise', () => {
    assert.ok(isOffered([...debian, packages]));
    // The name of a package is no path, although a folder has it.
    assert.ok(isOffered([...debian, 'RUN apt-get install -y flag']));
    assert.ok(isOffered([...debian, 'RUN curl -fsSL https://example.org/flag -o /usr/bin/tool']));
  });

  for (const run of [
    'PIP_CONFIG_FILE=/app/pip.conf pip install flask',
    'PIP_CONFIG_FILE=pip.conf pip install flask',
    'export PIP_CONFIG_FILE=/app/pip.conf && pip install flask',
    'export PATH=/app/bin:$PATH && apt-get install -y curl',
    'export PATH=bin:$PATH && apt-get install -y curl',
    'pip install -f wheels flask',
    'python3 -m pip install flask',
    'apt-get -c apt.conf install -y curl',
    'apt-get -o Dir::Etc::sourcelist=extra.list install -y curl',
    'apt-get -o DPkg::Post-Invoke::=/app/cfg install -y curl',
    'APT_CONFIG=/app/apt.conf apt-get install -y curl',
    'apk add --repositories-file repos curl',
    'apk add --keys-dir keys curl',
    'curl --cacert ca.pem https://example.org/x -o /usr/bin/x',
    'curl -ocfg https://example.org/x',
    'curl -OL https://example.org/cfg',
    'curl -H @cfg https://example.org/x -o /usr/bin/x',
    'curl file:///app/cfg -o /usr/bin/x',
    'gem install thing',
    'npm install -g tools/cli',
    'npm install -g tool --userconfig=.npmrc',
    'npm config set registry https://example.org --location=project && npm install -g tool',
    "sed -i '/x/r extra.list' /etc/apt/sources.list && apt-get install -y curl",
    'test -f flag && apt-get install -y curl',
    'if [ -f flag ]; then apt-get install -y curl; fi',
    'echo * > /etc/list && apt-get install -y curl',
    'ls > /etc/list && apt-get install -y curl',
    'for f in *; do echo x >> /etc/count; done; apt-get install -y curl',
    'cp --target-directory=/app /etc/x && apt-get install -y curl',
    'ln -s /app/pip.conf /etc/pip.conf && pip install flask',
  ]) {
    it(run, () => {
      assert.ok(!isOffered([...debian, `RUN ${run}`]));
    });
  }

  const others: readonly (readonly [string, readonly string[]])[] = [
    [
      'a variable of settings',
      ['FROM python:3', 'ENV PIP_CONFIG_FILE=pip.conf', ...debian.slice(1), 'RUN pip install a'],
    ],
    ['an argument of settings', ['FROM python:3', 'ARG PIP_CONSTRAINT=cfg', ...debian.slice(1), 'RUN pip install a']],
    ['a link made above', ['FROM debian:12', 'RUN ln -s /app/cfg /etc/apt/apt.conf', ...debian.slice(1), packages]],
    [
      'settings written above',
      ['FROM debian:12', 'COPY <<EOF /etc/apt/apt.conf', 'Dir::Etc "/app";', 'EOF', ...debian.slice(1), packages],
    ],
    [
      'settings copied above',
      ['FROM debian:12', 'COPY repos /etc/apt/sources.list', 'RUN id', ...debian.slice(1), packages],
    ],
    [
      'a home that a command names',
      ['FROM node:22', 'RUN useradd -d /opt/app app', 'USER app', 'COPY . /opt/app', 'RUN npm install -g tool'],
    ],
    ['a shell that is copied', ['FROM debian:12', 'COPY . /opt/a', 'SHELL ["/opt/a/bin/sh", "-c"]', packages]],
    [
      'the number of an owner',
      ['FROM debian:12', 'COPY --chown=app . /app', 'RUN usermod -u 9 app && apt-get install -y a'],
    ],
    [
      'a folder above, made for an owner',
      ['FROM debian:12', 'COPY --chown=1:1 . /srv/a/b', 'RUN mkdir -p /srv/a/c && apt-get install -y curl'],
    ],
    [
      'a folder above, made for an owner or by another copy',
      ['FROM debian:12', 'COPY --chown=1:1 . /opt/a/b', 'COPY --from=busybox /x /opt/a/c', packages],
    ],
    ['where packages put things', ['FROM debian:12', 'COPY . /opt', packages]],
    ['where a package puts things', ['FROM debian:12', 'COPY . /srv/tftp', packages]],
  ];
  for (const [name, lines] of others) {
    it(name, () => {
      assert.ok(!isOffered(lines), lines.join('\n'));
    });
  }
});
