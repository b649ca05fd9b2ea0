/** `--link`: offered where it is free, and refused with the reason where it would change the image. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEdits } from '../../../server/src/refactor/apply';
import { copyLink } from '../../../server/src/refactor/copy-link';
import { refactorContext, type Scenario } from './scenario';

const files = { 'package.json': '{}', 'src/a.js': '', 'etc/conf': '' };

function offers(lines: readonly string[], scenario: Scenario = {}, base = 'FROM node:20-slim') {
  const text = ['FROM golang:1.22 AS build', 'RUN go build -o /out/app .', base, ...lines, ''].join('\n');
  const { refactorings, refusals } = copyLink.offer(refactorContext(text, { files, ...scenario }));
  const after = applyEdits(
    text,
    refactorings.flatMap(({ edits }) => edits),
  );
  return {
    linked: after.split('\n').filter((line) => line.includes('--link')),
    reasons: refusals.map(({ reason }) => reason),
  };
}

describe('COPY --link', () => {
  it('is free where every folder on the way is plain, or not there yet', () => {
    for (const line of [
      'COPY --from=build /out/app /opt/bin/app',
      'COPY --from=build /out /opt/app',
      'COPY package.json /srv/app/',
      'COPY src /app/src/',
      'COPY src etc /app/',
      'COPY <<EOF /opt/app/note\ntext\nEOF',
    ]) {
      const found = offers([line]);
      assert.deepEqual([found.linked.length, found.reasons], [1, []], line);
    }
  });

  it('stands behind WORKDIR and installs', () => {
    const { linked, reasons } = offers([
      'RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*',
      'WORKDIR /app',
      'COPY package.json ./',
      'COPY --from=build /out ./dist',
      'RUN npm ci --omit=dev',
      'COPY src/a.js ./',
      'COPY --from=build /out ./public',
    ]);
    assert.deepEqual(linked, [
      'COPY --link package.json ./',
      'COPY --link --from=build /out ./dist',
      'COPY --link src/a.js ./',
    ]);
    // A script of a package may have written there.
    assert.deepEqual(reasons, [
      'Not linked: folders that are copied into /app/public would take the place of those that lie there.',
    ]);
  });

  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'owner by name',
      ['COPY --chown=node:node src /app/'],
      /^Not linked: the name node:node is looked up in the image/,
    ],
    ['owner by number', ['COPY --chown=1000:1000 src /app/'], /get the owner 1000:1000 too/],
    ['the root', ['COPY etc /etc'], /^Not linked: \/etc may not be a folder of root/],
    ['all at the root', ['COPY src /'], /take the place of those of the base image/],
    ['/tmp has another mode', ['COPY package.json /tmp/'], /^Not linked: \/tmp may not be/],
    ['/root has another mode', ['COPY package.json /root/x'], /^Not linked: \/root may not be/],
    ['/bin is a link', ['COPY --from=build /out/app /bin/app'], /^Not linked: \/bin may not be/],
    ['a home', ['COPY src /home/node/app'], /^Not linked: \/home\/node may not be/],
    [
      'an owner given above',
      ['WORKDIR /app', 'RUN chown node:node /app', 'COPY src ./src'],
      /^Not linked: \/app may not/,
    ],
    ['what nobody knows', ['WORKDIR /app', 'RUN ./setup.sh', 'COPY src ./src'], /^Not linked: \/app may not/],
    ['a link made above', ['RUN ln -s /data /app', 'COPY src /app/src'], /^Not linked: \/app may not/],
    ['made by a command', ['RUN mkdir -m 700 /app', 'COPY src /app/src'], /^Not linked: \/app may not/],
    ['of another user', ['USER 1000', 'WORKDIR /app', 'COPY src ./src'], /^Not linked: \/app may not/],
    ['folders over folders', ['WORKDIR /app', 'RUN npm ci', 'COPY src ./'], /^Not linked: .*\/app/],
    ['a file into a folder of the system', ['COPY package.json /usr/local/bin'], /\/usr\/local\/bin may be a folder/],
    ['a file into a folder made above', ['WORKDIR /app', 'COPY package.json /app'], /\/app may be a folder/],
    ['a file onto a link of the base image', ['COPY package.json /usr/local/bin/npx'], /may be a link in the base/],
    ['/usr/bin has mode 555 on Fedora', ['COPY package.json /usr/bin/x'], /^Not linked: \/usr\/bin may not be/],
    ['made by a variable', ['ENV D=/app', 'RUN mkdir -m 700 $D', 'COPY src /app/src'], /^Not linked: \/app may not/],
    [
      'links of a manager',
      ['WORKDIR /app', 'RUN npm ci', 'COPY src/a.js node_modules/a/'],
      /\/app\/node_modules may not/,
    ],
    ['of a package', ['RUN apt-get install -y tftpd-hpa', 'COPY src /srv/tftp/x'], /^Not linked: \/srv\/tftp may not/],
    ['a folder onto one that is there', ['WORKDIR /app', 'COPY src ./'], /^Not linked: \/app would get the mode/],
  ];
  for (const [name, lines, reason] of refused) {
    it(`is refused: ${name}`, () => {
      const { linked, reasons } = offers(lines);
      assert.deepEqual(linked, []);
      assert.match(reasons.at(-1) ?? '', reason);
    });
  }

  it('is refused on images of others, whose folders nobody knows', () => {
    const { linked, reasons } = offers(['COPY src /app/src'], {}, 'FROM registry.example/team/base:1');
    assert.deepEqual(linked, []);
    assert.equal(reasons.length, 1);
  });

  it('is refused on images with an application, and in what is not for root alone', () => {
    for (const [base, line] of [
      ['odoo:17', 'COPY package.json /mnt/extra-addons/'],
      ['sonarqube:10', 'COPY package.json /opt/sonarqube/extensions/plugins/'],
      ['redis:7', 'COPY package.json /data/x'],
      ['base', 'COPY package.json /app/'],
      ['golang:1.22', 'COPY package.json /go/src/app/'],
    ] as const) {
      const { linked, reasons } = offers([line], {}, `FROM ${base}`);
      assert.deepEqual([linked.length, reasons.length], [0, 1], base);
    }
  });

  it('is refused where the base image works', () => {
    const images = { 'node:20-slim': { size: 1, layers: 1 } };
    assert.equal(offers(['COPY src /app/src'], { images }).linked.length, 1);
  });

  it('says nothing of other stages, of scratch, and of what has the flag or no use for it', () => {
    const silent = (lines: readonly string[], base?: string) =>
      assert.deepEqual(offers(lines, {}, base), {
        linked: lines.filter((line) => line.includes('--link')),
        reasons: [],
      });
    silent(['COPY --link src /app/src']);
    silent(['COPY --link=false src /app/src']);
    silent(['COPY --chmod=755 src /app/src']);
    silent(['ADD src /app/src']);
    silent(['COPY src /app/src'], 'FROM scratch');
    silent(['COPY src /app/src', 'FROM node:20-slim']);
  });
});
