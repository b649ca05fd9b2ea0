/** Dockerfiles whose COPY, ADD and installing instructions are rewritten, or whose context gets an ignore file. */
import type { Difference } from './refactor-trial';
import { installedFiles } from './run-refactor-cases';
import type { Entry } from './session';

export interface FileCase {
  /** Id of the rule. */
  readonly rule: string;
  readonly text: string;
  readonly files: Readonly<Record<string, Entry>>;
  /** Nothing must be offered, since the image would be another one. */
  readonly refused?: true;
  readonly difference?: Difference;
  /** A file that is changed once both are built. */
  readonly source?: string;
}

const script = '#!/bin/sh\necho run\n';
const page = { 'src/index.html': '<p>page</p>\n', 'src/deep/words.txt': 'words\n', 'src/run.sh': script };
const npmLogs: Difference = { kind: 'paths', paths: /^(?:root|home\/node)\/\.npm\// };
/** `npm install` writes the lock file anew, in its own layout, and the image keeps it: the caution of the refactoring tells. */
const npmLogsAndLock: Difference = {
  kind: 'paths',
  paths: /^(?:root|home\/node)\/\.npm\/|(?:^|\/)app\/package-lock\.json$/,
};
/** What people have lying about. */
const litter: Readonly<Record<string, Entry>> = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  '.git/objects/12/345': 'object'.repeat(100),
  'node_modules/ms/package.json': '{"name":"ms"}',
  'node_modules/ms/index.js': 'module.exports = 1;\n'.repeat(50),
  'coverage/lcov.info': 'TN:\n'.repeat(200),
};

export const fileCases: Readonly<Record<string, FileCase>> = {
  'attributes: a script becomes executable': {
    rule: 'copy-attributes',
    text: 'FROM busybox\n# Start\nCOPY run.sh /usr/local/bin/run.sh\nRUN chmod +x /usr/local/bin/run.sh\nENTRYPOINT ["run.sh"]\n',
    files: { 'run.sh': { text: script, mode: 0o644 } },
    source: 'run.sh',
  },
  'attributes: owner and mode of a file': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nWORKDIR /etc\nCOPY app.conf .\nRUN chown bob:bob app.conf && \\\n    # secret\n    chmod 600 app.conf\nUSER bob\n',
    files: { 'app.conf': 'a = b\n' },
    source: 'app.conf',
  },
  'attributes: owner of a new folder': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nCOPY src /srv/app\nRUN chown -R bob:bob /srv/app\nUSER bob\nCMD ["/srv/app/run.sh"]\n',
    files: { ...page, 'src/run.sh': { text: script, mode: 0o755 } },
    // What the caution of the refactoring tells: this base image has no such folder.
    difference: { kind: 'paths', paths: /^srv\/$/ },
    source: 'src/index.html',
  },
  'attributes: mode of all in a folder': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nCOPY src /srv/app\nRUN chmod -R 750 /srv/app\n',
    files: page,
    difference: { kind: 'paths', paths: /^srv\/$/ },
    source: 'src/index.html',
  },
  'attributes: a folder that is there already': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nWORKDIR /app\nCOPY . /app\nRUN chown -R 1000:1000 /app\nUSER 1000\n',
    files: page,
    // What the caution of the refactoring tells.
    difference: { kind: 'paths', paths: /^app\/$/ },
    source: 'src/index.html',
  },
  'attributes: several files into a folder, carriage returns': {
    rule: 'copy-attributes',
    text: 'FROM busybox\r\nCOPY src/index.html src/run.sh /srv/\r\nRUN chown -R bob:bob /srv\r\n',
    files: page,
    source: 'src/run.sh',
  },
  'attributes: small letters, no end of line': {
    rule: 'copy-attributes',
    text: 'from busybox\ncopy run.sh /usr/local/bin/\nrun chmod 755 /usr/local/bin/run.sh',
    files: { 'run.sh': { text: script, mode: 0o644 } },
    source: 'run.sh',
  },
  'attributes: what earlier steps left in the folder': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nWORKDIR /app\nRUN echo installed > installed\nCOPY . /app\nRUN chown -R bob:bob /app\n',
    files: page,
    refused: true,
  },
  'attributes: what an earlier copy left in the folder': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nCOPY src/index.html /app/page/\nCOPY src/run.sh /app/\nRUN chown -R bob:bob /app\n',
    files: page,
    refused: true,
  },
  'attributes: a link in the folder': {
    rule: 'copy-attributes',
    text: 'FROM busybox\nCOPY src /srv/app\nRUN chown -R bob:bob /srv/app\n',
    files: { ...page, 'src/link': { link: 'index.html' } },
    difference: { kind: 'paths', paths: /^srv\/$/ },
  },
  'add: a file': {
    rule: 'add-to-copy',
    text: 'FROM busybox\n# Settings\nADD app.conf /etc/app.conf\nCMD ["cat", "/etc/app.conf"]\n',
    files: { 'app.conf': 'a = b\n' },
    source: 'app.conf',
  },
  'add: a folder with an archive in it': {
    rule: 'add-to-copy',
    text: 'FROM busybox\nADD src /srv/app\nRUN ls /srv/app > /list\n',
    files: { ...page, 'src/data.tar': { bytes: Buffer.alloc(1024) } },
    source: 'src/index.html',
  },
  'add: owner, mode and several files': {
    rule: 'add-to-copy',
    text: 'FROM busybox\nADD --chown=bob:bob --chmod=640 src/index.html src/run.sh /srv/\n',
    files: page,
    source: 'src/run.sh',
  },
  'add: a pattern, small letters, carriage returns': {
    rule: 'add-to-copy',
    text: 'from busybox\r\nworkdir /srv\r\nadd src/*.html `\r\n  ./\r\n'.replace(' `\r\n  ', ' '),
    files: page,
    source: 'src/index.html',
  },
  'add: a heredoc': {
    rule: 'add-to-copy',
    text: 'FROM busybox\nARG NAME=world\nADD <<EOF /etc/greeting\nhello $NAME\nEOF\n',
    files: {},
  },
  'add: an archive, which is unpacked': {
    rule: 'add-to-copy',
    text: 'FROM busybox\nADD data.tar /srv/\n',
    files: { 'data.tar': { bytes: tarOf('words.txt', 'words\n') } },
    refused: true,
  },
  'npm ci: in place of npm install': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\nCOPY . .\nCMD ["node", "."]\n',
    files: installedFiles,
    difference: npmLogs,
    source: 'index.js',
  },
  'npm ci: production, in a chain': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\nENV NODE_ENV=production\nWORKDIR /app\nCOPY package*.json ./\nRUN npm install --omit=dev --no-audit && \\\n    # small\n    npm cache clean --force\nCOPY . .\n',
    files: installedFiles,
    difference: npmLogs,
    source: 'index.js',
  },
  'npm ci: everything is copied before': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm i --no-fund\n',
    files: installedFiles,
    difference: npmLogsAndLock,
    source: 'index.js',
  },
  'npm ci: another user, carriage returns': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\r\nUSER node\r\nWORKDIR /home/node/app\r\nCOPY --chown=node:node . .\r\nRUN npm install --production\r\n',
    files: installedFiles,
    difference: npmLogsAndLock,
    source: 'index.js',
  },
  'npm ci: in the stage that installs': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim AS deps\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install --ignore-scripts\n\nFROM node:20-slim\nWORKDIR /app\nCOPY --from=deps /app/node_modules node_modules\nCOPY index.js .\nCMD ["node", "index.js"]\n',
    files: installedFiles,
    source: 'index.js',
  },
  'ignore file: what lies about': {
    rule: 'create-dockerignore',
    text: 'FROM busybox\nWORKDIR /app\nCOPY . .\nRUN ls > /list\n',
    files: { ...page, ...litter },
    difference: { kind: 'paths', paths: /^(?:app\/(?:\.git|node_modules|coverage)\/|app\/\.dockerignore$|list$)/ },
    source: 'src/index.html',
  },
  'ignore file: secrets': {
    rule: 'create-dockerignore',
    text: 'FROM busybox\nCOPY . /srv\n',
    files: { ...page, '.env': 'PASSWORD=secret\n', id_rsa: '-----BEGIN OPENSSH PRIVATE KEY-----\n' },
    difference: { kind: 'paths', paths: /^srv\/(?:\.env|id_rsa|\.dockerignore)$/ },
    source: 'src/index.html',
  },
  'ignore file: only a stage that builds copies it': {
    rule: 'create-dockerignore',
    text: 'FROM busybox AS build\nWORKDIR /app\nCOPY . .\nRUN mkdir out && cp src/* out/ || true\nFROM busybox\nCOPY --from=build /app/out /srv\n',
    files: { ...page, ...litter },
    source: 'src/index.html',
  },
  'ignore file: litter and secrets, into a folder of the user': {
    rule: 'create-dockerignore',
    text: 'FROM busybox\nWORKDIR /srv\nCOPY --chown=bob:bob . web/\nUSER bob\n',
    files: { ...page, ...litter, '.env': 'PASSWORD=secret\n' },
    difference: { kind: 'paths', paths: /^srv\/web\/(?:(?:\.git|node_modules|coverage)\/|(?:\.env|\.dockerignore)$)/ },
    source: 'src/index.html',
  },
  'ignore file: copied twice, carriage returns': {
    rule: 'create-dockerignore',
    text: 'FROM busybox\r\nCOPY . /one/\r\nCOPY . /two/\r\n',
    files: { ...page, ...litter },
    difference: { kind: 'paths', paths: /^(?:one|two)\/(?:\.git\/|node_modules\/|coverage\/|\.dockerignore$)/ },
    source: 'src/index.html',
  },
};

/** An archive with one file (POSIX.1-1988: a header block, the content, two empty blocks). */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  const put = (text: string, at: number): void => void header.write(text, at, 'latin1');
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  put('00000000000\0', 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.from(content.padEnd(512, '\0')), Buffer.alloc(1024)]);
}
