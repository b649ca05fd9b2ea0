/** What npm, pnpm and yarn leave in a layer: projects of 1 to 1,500 packages, with and without what only development needs. */
import { type AccuracyCase, lines, type NodeProject } from './case';

const ONE = { dependencies: { ms: '2.1.3' } };
const SMALL = { dependencies: { express: '4.19.2' }, devDependencies: { nodemon: '3.1.4', typescript: '5.5.4' } };
const SERVER = {
  dependencies: { fastify: '4.28.1', pg: '8.12.0', ioredis: '5.4.1', zod: '3.23.8', pino: '9.3.2', dayjs: '1.11.12' },
  devDependencies: { typescript: '5.5.4', tsx: '4.16.5', vitest: '2.0.5', eslint: '8.57.0', prettier: '3.3.3' },
};
const PAGE = {
  dependencies: {
    react: '18.3.1',
    'react-dom': '18.3.1',
    'react-router-dom': '6.25.1',
    axios: '1.7.3',
    'lodash-es': '4.17.21',
  },
  devDependencies: {
    vite: '5.3.5',
    '@vitejs/plugin-react': '4.3.1',
    tailwindcss: '3.4.7',
    postcss: '8.4.40',
    autoprefixer: '10.4.20',
  },
};
const NEST = {
  dependencies: {
    '@nestjs/core': '10.3.10',
    '@nestjs/common': '10.3.10',
    '@nestjs/platform-express': '10.3.10',
    rxjs: '7.8.1',
    'reflect-metadata': '0.2.2',
  },
  devDependencies: {
    '@nestjs/cli': '10.4.2',
    '@nestjs/testing': '10.3.10',
    jest: '29.7.0',
    'ts-jest': '29.2.3',
    typescript: '5.5.4',
  },
};
const NEXT = {
  dependencies: { next: '14.2.5', react: '18.3.1', 'react-dom': '18.3.1', sharp: '0.33.4' },
  devDependencies: { eslint: '8.57.0', 'eslint-config-next': '14.2.5', typescript: '5.5.4', '@types/react': '18.3.3' },
};
const LARGE = {
  dependencies: {
    'react-scripts': '5.0.1',
    react: '18.3.1',
    'react-dom': '18.3.1',
    '@mui/material': '5.16.6',
    '@emotion/react': '11.13.0',
    '@emotion/styled': '11.13.0',
  },
  devDependencies: { '@testing-library/react': '16.0.0', '@testing-library/dom': '10.4.0', serverless: '3.39.0' },
};

const UNLOCKED = `${JSON.stringify({
  name: 'case',
  version: '1.0.0',
  dependencies: { koa: '^2.15.3', pino: '^9.0.0', '@koa/router': '^13.0.0' },
  devDependencies: { typescript: '~5.5.0', prettier: '^3.0.0' },
})}\n`;

const LOCKS = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock' } as const;

function inNode(
  manager: NodeProject['manager'],
  name: string,
  project: Omit<NodeProject, 'manager'>,
  ...steps: string[]
): AccuracyCase {
  return {
    name: `${manager}: ${name}`,
    group: 'npm',
    project: { manager, ...project },
    dockerfile: lines('FROM node:20-slim', 'WORKDIR /app', ...steps),
  };
}

const copyLock = (manager: NodeProject['manager']): string => `COPY package.json ${LOCKS[manager]} ./`;
const NPM = copyLock('npm');
const PNPM = ['RUN npm install -g pnpm@9.15.4', copyLock('pnpm')];
const YARN = copyLock('yarn');

export const NODE_CASES: readonly AccuracyCase[] = [
  { ...inNode('npm', 'one package', ONE, NPM, 'RUN npm ci'), quick: true },
  {
    ...inNode(
      'npm',
      'small, production, cache cleaned',
      SMALL,
      NPM,
      'RUN npm ci --omit=dev && npm cache clean --force',
    ),
    quick: true,
  },
  { ...inNode('npm', 'small with everything', SMALL, NPM, 'RUN npm ci'), quick: true },
  inNode('npm', 'small, install', SMALL, NPM, 'RUN npm install'),
  inNode('npm', 'server, production', SERVER, NPM, 'ENV NODE_ENV=production', 'RUN npm ci'),
  inNode('npm', 'server, cache mounted', SERVER, NPM, 'RUN --mount=type=cache,target=/root/.npm npm ci'),
  inNode(
    'npm',
    'server, pruned in a later RUN',
    SERVER,
    NPM,
    'RUN npm ci',
    'RUN npm prune --omit=dev',
    'RUN npm cache clean --force',
  ),
  inNode(
    'npm',
    'server, node_modules of another stage',
    SERVER,
    NPM,
    'RUN npm ci --omit=dev',
    'FROM node:20-slim',
    'WORKDIR /app',
    'COPY --from=0 /app/node_modules ./node_modules',
    'COPY package.json .',
  ),
  inNode('npm', 'page', PAGE, NPM, 'RUN npm ci --no-audit --no-fund'),
  inNode('npm', 'page, cache removed', PAGE, NPM, 'RUN npm ci && rm -rf /root/.npm'),
  inNode('npm', 'page, install scripts left out', PAGE, NPM, 'RUN npm ci --ignore-scripts && npm cache clean --force'),
  inNode('npm', 'framework with everything', NEST, NPM, 'RUN npm ci'),
  inNode(
    'npm',
    'framework, production as node',
    NEST,
    'RUN chown node:node /app',
    'USER node',
    `COPY --chown=node:node package.json ${LOCKS.npm} ./`,
    'RUN npm ci --only=production && npm cache clean --force',
  ),
  inNode('npm', 'platform packages', NEXT, NPM, 'RUN npm ci --omit=dev'),
  inNode('npm', 'framework, no optional', NEST, NPM, 'RUN npm ci --omit=optional && npm cache clean --force'),
  inNode('npm', '1,500 packages', LARGE, NPM, 'RUN npm ci'),
  inNode(
    'npm',
    '1,500 packages, cache cleaned',
    LARGE,
    NPM,
    'RUN npm ci --legacy-peer-deps && npm cache clean --force',
  ),
  {
    name: 'npm: global programs',
    group: 'npm',
    dockerfile: lines(
      'FROM node:20-slim',
      'RUN npm install -g typescript@5.5.4 serve@14.2.3',
      'RUN npm i -g nodemon@3.1.4 && npm cache clean --force',
    ),
  },
  {
    name: 'npm: without a lock file',
    group: 'npm',
    files: { 'package.json': '{"name":"case","version":"1.0.0","dependencies":{"koa":"2.15.3"}}\n' },
    dockerfile: lines('FROM node:20-slim', 'WORKDIR /app', 'COPY package.json .', 'RUN npm install --omit=dev'),
  },
  {
    name: 'yarn: without a lock file',
    group: 'npm',
    files: { 'package.json': UNLOCKED },
    dockerfile: lines('FROM node:20-slim', 'WORKDIR /app', 'COPY package.json .', 'RUN yarn install'),
  },
  {
    name: 'yarn: without a lock file, production',
    group: 'npm',
    files: { 'package.json': UNLOCKED },
    dockerfile: lines('FROM node:20-slim', 'WORKDIR /app', 'COPY package.json .', 'RUN yarn install --production'),
  },
  {
    name: 'pnpm: without a lock file',
    group: 'npm',
    files: { 'package.json': UNLOCKED },
    dockerfile: lines(
      'FROM node:20-slim',
      'WORKDIR /app',
      'RUN npm install -g pnpm@9.15.4',
      'COPY package.json .',
      'RUN pnpm install',
    ),
  },
  {
    name: 'pnpm: without a lock file, production',
    group: 'npm',
    files: { 'package.json': UNLOCKED },
    dockerfile: lines(
      'FROM node:20-slim',
      'WORKDIR /app',
      'RUN npm install -g pnpm@9.15.4',
      'COPY package.json .',
      'RUN pnpm install --prod',
    ),
  },
  inNode('pnpm', 'small', SMALL, ...PNPM, 'RUN pnpm install --frozen-lockfile'),
  inNode('pnpm', 'server, production', SERVER, ...PNPM, 'RUN pnpm install --frozen-lockfile --prod'),
  inNode(
    'pnpm',
    'page, store mounted',
    PAGE,
    ...PNPM,
    'RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store pnpm install --frozen-lockfile',
  ),
  inNode(
    'pnpm',
    'framework, store pruned',
    NEST,
    ...PNPM,
    'RUN pnpm install --frozen-lockfile --prod && pnpm store prune',
  ),
  inNode('pnpm', 'platform packages', NEXT, ...PNPM, 'RUN pnpm i --frozen-lockfile'),
  inNode('yarn', 'small', SMALL, YARN, 'RUN yarn install --frozen-lockfile'),
  inNode(
    'yarn',
    'server, production, cache cleaned',
    SERVER,
    YARN,
    'RUN yarn install --frozen-lockfile --production && yarn cache clean',
  ),
  inNode(
    'yarn',
    'page, cache mounted',
    PAGE,
    YARN,
    'RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn --frozen-lockfile',
  ),
  inNode(
    'yarn',
    'framework',
    NEST,
    YARN,
    'RUN yarn install --frozen-lockfile --non-interactive && yarn cache clean --all',
  ),
];
