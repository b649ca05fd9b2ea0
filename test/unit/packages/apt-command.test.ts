import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readApt, readTarget } from '../../../server/src/packages/apt-command';
import { interpretLine } from './command-line';

const read = (line: string) => readApt(interpretLine(line, '/', 'root', {}));

const install = {
  kind: 'install',
  targets: [{ name: 'git', without: false }],
  archives: [],
  downloadOnly: false,
  reinstall: false,
  unknownWords: 0,
  update: false,
  onlyUpgrade: false,
};

const cases: readonly (readonly [string, unknown])[] = [
  ['apt-get update', { kind: 'update' }],
  ['apt-get -qq -o Acquire::Retries=3 update', { kind: 'update' }],
  ['apt-get install -y git', install],
  ['apt-get install -y --no-install-recommends git', { ...install, recommends: false }],
  ['apt-get -y -o APT::Install-Recommends=false install git', { ...install, recommends: false }],
  ['apt install -yq --install-recommends git', { ...install, recommends: true }],
  ['apt-get install -y git $EXTRA', { ...install, unknownWords: 1 }],
  ['apt-get install -d git', { ...install, downloadOnly: true }],
  ['apt-get install -t bookworm-backports git', install],
  ['apt-get install ./git.deb', { ...install, targets: [], archives: ['./git.deb'] }],
  ['apt-get install -s git', { kind: 'nothing' }],
  ['apt-get purge -y --auto-remove git', { kind: 'remove', names: ['git'], autoremove: true, unknownWords: 0 }],
  ['apt-get autoremove -y', { kind: 'remove', names: [], autoremove: true, unknownWords: 0 }],
  ['apt-get clean', { kind: 'clean' }],
  ['apt-get dist-upgrade -y', { kind: 'upgrade' }],
  ['apt-mark manual $saved', { kind: 'mark', as: 'manual', names: [], unknownWords: 1 }],
  ["apt-mark auto '.*'", { kind: 'mark', as: 'auto', names: ['.*'], unknownWords: 0 }],
  ['dpkg -i /tmp/a.deb', { kind: 'unpack', archives: ['/tmp/a.deb'], unknownWords: 0 }],
  ['dpkg --print-architecture', { kind: 'nothing' }],
  ['apt-cache policy git', { kind: 'nothing' }],
];

for (const [line, action] of cases) test(line, () => assert.deepEqual(read(line), action));

const targets: readonly (readonly [string, unknown])[] = [
  ['g++', { name: 'g++', without: false }],
  ['libstdc++6', { name: 'libstdc++6', without: false }],
  ['git=1:2.39*', { name: 'git', version: '1:2.39*', without: false }],
  ['libc6:i386', { name: 'libc6', architecture: 'i386', without: false }],
  ['git/bookworm-backports', { name: 'git', suite: 'bookworm-backports', without: false }],
  ['exim4-', { name: 'exim4', without: true }],
  ['php8.2-*', { name: 'php8.2-*', without: false }],
  ['$(x)', undefined],
];

for (const [word, target] of targets) test(`package ${word}`, () => assert.deepEqual(readTarget(word), target));
