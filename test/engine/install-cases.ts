/** Dockerfiles whose installs of Node packages are rewritten: without what only development needs, and exactly what the lock file says. */
import { npmProject, pnpmProject, yarnProject } from './node-projects';

export interface InstallCase {
  readonly rule: 'production-install' | 'npm-ci';
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
  /** Nothing is offered, since `leaves` are not in the image as it is. */
  readonly without?: true;
  /** Where the project lies in the image. */
  readonly folder: string;
  /** Paths below it that are there before and not afterwards; what lies in folders among them goes too. */
  readonly leaves: readonly string[];
  /** Paths below it that are there before and afterwards. */
  readonly stays: readonly string[];
  /** Paths that the manager writes anew: its records, caches with times in them. */
  readonly changed: RegExp;
}

/** What npm keeps of archives has the time in its index; it and the list of packages in `node_modules` are written for the set of the day. */
const npmRecords = /^(?:root|home\/\w+|srv\/home)\/\.npm\/|\/node_modules\/\.package-lock\.json$/;
/** `npm install` writes the lock file anew, in its own layout. */
const npmSaved = new RegExp(`${npmRecords.source}|/package-lock\\.json$`);
const pnpmRecords =
  /^root\/(?:\.local\/(?:share|state)\/pnpm|\.cache\/pnpm|\.npm)\/|node_modules\/\.(?:modules\.yaml|pnpm-workspace-state.*|pnpm\/lock\.yaml)$/;

const production = ['ms'] as const;
const development = ['prettier'] as const;
const answer = 'console.log(require("ms")("1 day"), process.getuid())\n';
const npm = { ...npmProject({ production, development }), 'index.js': answer };
/** Its program is the only one. */
const prettier = ['node_modules/prettier/', 'node_modules/.bin/'];
const ms = ['node_modules/ms/index.js', 'index.js', 'package.json'];

export const installCases: Readonly<Record<string, InstallCase>> = {
  'production: npm ci, manifests first': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nWORKDIR /app\nCOPY package*.json ./\n# Packages\nRUN npm ci\nCOPY . .\nCMD ["node", "index.js"]\n',
    files: npm,
    folder: 'app',
    leaves: prettier,
    stays: ms,
    changed: npmRecords,
  },
  'production: npm install without a lock file, NODE_ENV says development, heredoc': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nENV NODE_ENV=development\nWORKDIR /app\nCOPY package.json index.js ./\nRUN <<EOF\nset -e\nnpm install --no-audit\nnpm cache clean --force\nEOF\nENTRYPOINT ["node", "index.js"]\n',
    files: npm,
    folder: 'app',
    leaves: prettier,
    stays: [...ms, 'package-lock.json'],
    changed: npmRecords,
  },
  'production: a user of useradd, carriage returns': {
    rule: 'production-install',
    text: 'FROM node:20-slim\r\nRUN useradd --create-home app\r\nUSER app\r\nWORKDIR /home/app/src\r\nCOPY --chown=app:app . .\r\nRUN npm ci --no-fund && \\\r\n    # no archives\r\n    npm cache clean --force\r\nCMD node index.js\r\n',
    files: npm,
    folder: 'home/app/src',
    leaves: prettier,
    stays: ms,
    changed: npmRecords,
  },
  'production: user node, a mount for the cache, a package that both need': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nUSER node\nWORKDIR /home/node/app\nCOPY --chown=node package.json package-lock.json ./\nRUN --mount=type=cache,target=/home/node/.npm,uid=1000,gid=1000 npm ci\nCOPY --chown=node . .\nENV NODE_ENV=production\nCMD ["npm", "start", "--silent"]\n',
    files: {
      ...npmProject({ production, development: ['debug', 'prettier'], scripts: { start: 'node index.js' } }),
      'index.js': answer,
    },
    folder: 'home/node/app',
    leaves: [...prettier, 'node_modules/debug/'],
    stays: ms,
    changed: npmRecords,
  },
  'production: npm workspaces, those of a workspace too': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "packages/one"]\n',
    files: {
      ...npmProject({
        production: [],
        development,
        workspaces: { 'packages/one': { production, development: ['lodash'] } },
      }),
      'packages/one/index.js': answer,
    },
    folder: 'app',
    leaves: [...prettier, 'node_modules/lodash/'],
    stays: ['node_modules/ms/index.js', 'node_modules/@app/one', 'packages/one/index.js'],
    changed: npmRecords,
  },
  'production: the last of two stages': {
    rule: 'production-install',
    text: 'FROM node:20-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n\nFROM node:20-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY --from=build /app/dist dist\nUSER node\nCMD ["node", "dist/index.js"]\n',
    files: {
      ...npmProject({ production, development, scripts: { build: 'mkdir dist && prettier index.js > dist/index.js' } }),
      'index.js': answer,
    },
    folder: 'app',
    leaves: prettier,
    stays: ['node_modules/ms/index.js', 'dist/index.js'],
    changed: npmRecords,
  },
  'production: pnpm': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nRUN npm install -g pnpm@9.15.0\nWORKDIR /app\nCOPY package.json pnpm-lock.yaml ./\nRUN pnpm install --frozen-lockfile\nCOPY . .\nCMD ["node", "index.js"]\n',
    files: { ...pnpmProject({ production, development }), 'index.js': answer },
    folder: 'app',
    leaves: ['node_modules/prettier', 'node_modules/.pnpm/prettier@3.10.1/', 'node_modules/.bin/'],
    stays: ['node_modules/ms', 'node_modules/.pnpm/ms@2.1.2/node_modules/ms/index.js'],
    changed: pnpmRecords,
  },
  'production: Yarn in a folder': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nWORKDIR /srv/web\nCOPY web/package.json web/yarn.lock ./\nRUN yarn install --frozen-lockfile && yarn cache clean\nCOPY web .\nCMD ["node", "index.js"]\n',
    files: Object.fromEntries(
      Object.entries({ ...yarnProject({ production, development }), 'index.js': answer }).map(([name, text]) => [
        `web/${name}`,
        text,
      ]),
    ),
    folder: 'srv/web',
    leaves: prettier,
    stays: ms,
    changed: /$^/,
  },
  'production: Yarn, whose cache keeps all archives': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN yarn\nCMD ["node", "index.js"]\n',
    files: { ...yarnProject({ production, development }), 'index.js': answer },
    folder: 'app',
    leaves: prettier,
    stays: [...ms, '../usr/local/share/.cache/yarn/'],
    changed: /^usr\/local\/share\/\.cache\/yarn\//,
  },
  'production: NODE_ENV leaves them out already': {
    rule: 'production-install',
    text: 'FROM node:20-slim\nENV NODE_ENV=production\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "index.js"]\n',
    files: npm,
    without: true,
    folder: 'app',
    leaves: prettier,
    stays: ms,
    changed: npmRecords,
  },
  'npm ci: a user of useradd': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\nRUN useradd --create-home app\nUSER app\nWORKDIR /home/app/src\nCOPY --chown=app:app package*.json ./\nRUN npm install --omit=dev\nCOPY --chown=app:app index.js .\nCMD ["node", "index.js"]\n',
    files: npm,
    folder: 'home/app/src',
    leaves: [],
    stays: ms,
    changed: npmSaved,
  },
  'npm ci: a user whose home lies elsewhere, the folder made for it': {
    rule: 'npm-ci',
    text: 'FROM node:20-slim\nRUN groupadd -r web && useradd -r -g web -d /srv/home -m web && mkdir /app && chown web:web /app\nWORKDIR /app\nUSER web\nCOPY --chown=web:web . .\nRUN npm install --no-audit --no-fund\nCMD ["node", "index.js"]\n',
    files: npm,
    folder: 'app',
    leaves: [],
    stays: [...ms, 'node_modules/prettier/package.json'],
    changed: npmSaved,
  },
};
