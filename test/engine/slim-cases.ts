/**
 * Dockerfiles on a full image that are put on its slim variant. The stand-ins of both differ by less than the official images do: the full
 * one of Node adds Git, curl, certificates, Python and make to the slim one and keeps documentation of what it adds; those of Python and
 * Ruby add compilers and headers. So what is held here is that promise and images agree, not how much people gain. What the stand-ins
 * cannot show: Debian's own pair differs by documentation alone, and its stand-ins are one and the same; an image that is named by an
 * argument or a digest gets no offer, and is among the fixtures of the rule.
 */
import { npmProject } from './node-projects';
import type { Entry } from './session';

export interface SlimCase {
  /** The full image and its slim variant. */
  readonly full: string;
  readonly slim: string;
  readonly text: string;
  readonly files: Readonly<Record<string, Entry>>;
  /** Packages of the distribution that the file installs itself, of those that the slim variant lacks. */
  readonly installs?: readonly string[];
  /** Its base images take minutes: only with STRATA_REFACTOR=all. */
  readonly heavy?: true;
}

const node = { full: 'node:20', slim: 'node:20-slim' };
const npm = {
  ...npmProject({ production: ['ms'], development: [] }),
  'index.js': 'console.log(require("ms")("1 day"), process.version)\n',
};

export const slimCases: Readonly<Record<string, SlimCase>> = {
  'node: an application with packages': {
    ...node,
    text: '# Application\nFROM node:20\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nCMD ["node", "index.js"]\n',
    files: npm,
  },
  'node: only the last of two stages': {
    ...node,
    text: 'FROM node:20 AS build\nWORKDIR /src\nCOPY . .\nRUN npm ci && git --version && make --version > made.txt\n\nFROM node:20\nWORKDIR /app\nCOPY --from=build /src .\nEXPOSE 80\nCMD ["node", "index.js"]\n',
    files: npm,
  },
  'node: a stage that others stand on, carriage returns, an owner': {
    ...node,
    text: 'FROM --platform=linux/amd64 node:20 AS base\r\nENV MODE=x\r\nWORKDIR /home/node/app\r\n\r\nFROM base AS packages\r\nCOPY package*.json ./\r\nRUN npm ci && \\\r\n    # no archives\r\n    npm cache clean --force\r\n\r\nFROM base\r\nCOPY --from=packages --chown=node:node /home/node/app/node_modules node_modules\r\nCOPY --chown=node:node index.js .\r\nUSER node\r\nCMD ["node", "index.js"]\r\n',
    files: npm,
  },
  'node: the file installs what the slim variant lacks': {
    ...node,
    text: 'FROM node:20\nRUN apt-get update && \\\n    apt-get install -y --no-install-recommends curl make && \\\n    rm -rf /var/lib/apt/lists/*\nRUN curl --version > /curl.txt && make --version > /make.txt\nCOPY index.js /\nCMD ["node", "/index.js"]\n',
    files: { 'index.js': 'console.log(process.version, require("fs").readFileSync("/make.txt", "utf8"))\n' },
    installs: ['curl', 'make'],
  },
  'node: an argument names another stage, heredoc, a start script': {
    ...node,
    text: 'ARG TOOLS=busybox\nFROM ${TOOLS} AS tools\nRUN echo tool > /tool\n\nFROM node:20\nLABEL a=b\nRUN <<EOF\nset -e\nmkdir -p /srv/data\necho data > /srv/data/a\nEOF\nCOPY --from=tools /tool /srv/\nCOPY start.sh index.js /srv/\nENTRYPOINT ["/srv/start.sh"]\nCMD ["node", "/srv/index.js"]\n',
    files: {
      'start.sh': { text: '#!/bin/sh\nset -e\ncat /srv/tool /srv/data/a\nexec "$@"\n', mode: 0o755 },
      'index.js': 'console.log(process.version)\n',
    },
  },
  'python: a program': {
    full: 'python:3.11',
    slim: 'python:3.11-slim',
    text: 'FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN python -c "open(\'made.txt\', \'w\').write(\'made\')"\nCMD ["python", "main.py"]\n',
    files: { 'main.py': 'import ssl, sqlite3\nprint(open("made.txt").read(), ssl.OPENSSL_VERSION)\n' },
    heavy: true,
  },
  'ruby: a program': {
    full: 'ruby:3.1-bookworm',
    slim: 'ruby:3.1-slim-bookworm',
    text: 'FROM ruby:3.1-bookworm\nWORKDIR /app\nCOPY main.rb .\nCMD ["ruby", "main.rb"]\n',
    files: { 'main.rb': 'require "json"\nputs JSON.generate([RUBY_VERSION])\n' },
    heavy: true,
  },
};
