/** Installs without development dependencies: where nothing else needs them, and why not elsewhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEdits } from '../../../server/src/refactor/apply';
import { productionInstall } from '../../../server/src/refactor/production-install';
import { refactorContext, type Scenario } from './scenario';

const manifest = (more: object = {}) =>
  JSON.stringify({
    name: 'app',
    dependencies: { ms: '2.1.3' },
    devDependencies: { tsx: '4.0.0', vitest: '1.0.0' },
    ...more,
  });
const lock = (dev: number) =>
  JSON.stringify({
    name: 'app',
    lockfileVersion: 3,
    packages: {
      '': { name: 'app', dependencies: { ms: '2.1.3' }, devDependencies: { tsx: '4.0.0', vitest: '1.0.0' } },
      'node_modules/ms': { version: '2.1.3', resolved: 'https://registry.npmjs.org/ms/-/ms-2.1.3.tgz' },
      'node_modules/tsx': {
        version: '4.0.0',
        dev: dev > 0,
        resolved: 'https://registry.npmjs.org/tsx/-/tsx-4.0.0.tgz',
      },
    },
  });
const files = { 'package.json': manifest(), 'package-lock.json': lock(1), 'a.js': '' };

function offers(text: string, scenario: Scenario = {}) {
  const { refactorings, refusals } = productionInstall.offer(refactorContext(text, { files, ...scenario }));
  const after = applyEdits(
    text,
    refactorings.flatMap(({ edits }) => edits),
  );
  return { refactorings, after, reasons: refusals.map(({ reason }) => reason) };
}

const app = (run: string, more = '', base = 'node:20') =>
  `FROM ${base}\nWORKDIR /app\nCOPY package*.json ./\n${run}\nCOPY . .\n${more}CMD ["node", "a.js"]\n`;

describe('production installs', () => {
  it('are offered where nothing behind the install needs more', () => {
    const { refactorings, after, reasons } = offers(app('RUN npm ci'));
    assert.equal(after, app('RUN npm ci --omit=dev'));
    assert.deepEqual(reasons, []);
    const [only] = refactorings;
    assert.equal(only?.id, 'production-install:4');
    assert.equal(only.changesBehaviour, true);
    assert.equal(
      only.caution,
      'The development dependencies are no longer installed: tsx, vitest. What loads one of them while the container runs fails.',
    );
    assert.ok(only.effect.bytes !== null && only.effect.bytes.high <= 0);
  });

  it('keep the rest of the command, comments and line endings', () => {
    const text = app('RUN npm i --no-audit && \\\n    # done\n    npm cache clean --force').replaceAll('\n', '\r\n');
    assert.equal(offers(text).after, text.replace('npm i', 'npm i --omit=dev'));
    const heredoc = app('RUN <<EOF\nset -e\nnpm ci\nEOF');
    assert.equal(offers(heredoc).after, heredoc.replace('npm ci', 'npm ci --omit=dev'));
  });

  it('are for the folder that the command runs in', () => {
    const within = { files: { 'a.js': '', 'client/package.json': manifest(), 'client/package-lock.json': lock(1) } };
    const text = app('RUN cd client && npm ci').replace('package*.json ./', '. .');
    assert.equal(offers(text, within).after, text.replace('npm ci', 'npm ci --omit=dev'));
    const deeper = 'FROM node:20\nCOPY . /srv\nWORKDIR /srv/client\nRUN npm ci\nCMD ["node", "a.js"]\n';
    assert.equal(offers(deeper, within).after, deeper.replace('npm ci', 'npm ci --omit=dev'));
  });

  it('leave out those of workspaces too, and not what one of these needs', () => {
    const text = app('RUN npm ci').replace('package*.json ./', '. .');
    const one = { name: 'one', dependencies: { tsx: '4.0.0' }, devDependencies: { 'is-odd': '3.0.1' } };
    const { refactorings } = offers(text, {
      files: {
        ...files,
        'package.json': manifest({ workspaces: ['packages/*'] }),
        'packages/one/package.json': JSON.stringify(one),
      },
    });
    assert.match(refactorings[0]?.caution ?? '', /^The development dependencies .* installed: vitest, is-odd\. /);
  });

  it('do not mind settings that are not copied', () => {
    const { after } = offers(app('RUN npm ci'), { files: { ...files, '.npmrc': 'include=dev\n' } });
    assert.equal(after, app('RUN npm ci --omit=dev'));
  });

  it('are written as the manager has it', () => {
    const yarn = { files: { ...files, 'yarn.lock': '# yarn lockfile v1\n' } };
    assert.equal(offers(app('RUN yarn --frozen-lockfile'), yarn).after, app('RUN yarn --production --frozen-lockfile'));
    assert.equal(offers(app('RUN yarn install'), yarn).after, app('RUN yarn install --production'));
    assert.equal(offers(app('RUN pnpm i --frozen-lockfile')).after, app('RUN pnpm i --prod --frozen-lockfile'));
    assert.equal(offers(app('RUN npm ci', '', 'node:14')).after, app('RUN npm ci --only=production', '', 'node:14'));
  });

  it('change only the last stage', () => {
    const text = `FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n${app('RUN npm ci', 'COPY --from=build /app/dist dist\n')}`;
    assert.equal(offers(text).after, text.replace('\nRUN npm ci\n', '\nRUN npm ci --omit=dev\n'));
  });

  it('are not offered where they are, where they are not wanted, and where nothing could go', () => {
    const silent = (text: string, scenario?: Scenario) => {
      const { refactorings, reasons } = offers(text, scenario);
      assert.deepEqual([refactorings, reasons], [[], []], text);
    };
    silent(app('RUN npm ci --omit=dev'));
    silent(app('RUN npm ci --include=dev'));
    silent(app('RUN npm ci --production=false'));
    silent(app('ENV NODE_ENV=production\nRUN npm ci'));
    silent(app('RUN npm ci'), { files: { ...files, 'package.json': manifest({ devDependencies: {} }) } });
    silent(app('RUN npm ci').replace('COPY package*.json ./\n', ''));
    silent(app('RUN npm install -g tsx'));
    silent(app('RUN npm ci'), { files: { 'a.js': '' } });
    silent('FROM bb\nRUN npm ci\n');
    silent(app('RUN cd $PLACE && npm ci'));
    silent(app('RUN npm ci', '').replace('RUN', 'COPY --from=other /app ./\nRUN'));
    // Settings of the project are stronger than the option, or leave nothing to do.
    for (const setting of ['include=dev', 'omit = dev', 'production=true'])
      silent(app('RUN npm ci').replace('package*.json ./', '. .'), { files: { ...files, '.npmrc': `${setting}\n` } });
  });

  const refused: readonly (readonly [string, string, Scenario, RegExp])[] = [
    [
      'a build behind it',
      app('RUN npm ci', 'RUN npm run build\n'),
      {},
      /line 6 may need development dependencies \(npm\)/,
    ],
    ['a test beside it', app('RUN npm ci && npm test'), {}, /line 4 may need development dependencies \(npm\)/],
    ['what nobody knows', app('RUN npm ci', 'RUN /opt/x.bin\n'), {}, /line 6 may need development dependencies/],
    [
      'a script of the project',
      app('RUN npm ci'),
      { files: { ...files, 'package.json': manifest({ scripts: { prepare: 'husky' } }) } },
      /the script "prepare" of package.json runs with the install/,
    ],
    [
      'a start by tsx',
      app('RUN npm ci').replace('"node"', '"tsx"'),
      {},
      /the container runs tsx, a development dependency/,
    ],
    [
      'a start whose script has one before it',
      app('RUN npm ci').replace('"node", "a.js"', '"npm", "start"'),
      { files: { ...files, 'package.json': manifest({ scripts: { prestart: 'vitest', start: 'node a.js' } }) } },
      /the container runs vitest, a development dependency/,
    ],
    [
      'a module that NODE_OPTIONS loads',
      app('RUN npm ci', 'ENV NODE_OPTIONS="--import=tsx --no-warnings"\n'),
      {},
      /the container runs tsx, a development dependency/,
    ],
    [
      'a client that an install script makes',
      app('RUN npm ci'),
      {
        files: {
          ...files,
          'package.json': manifest({ dependencies: { '@prisma/client': '5' }, devDependencies: { prisma: '5' } }),
        },
      },
      /the install script of @prisma\/client runs prisma, a development dependency/,
    ],
    [
      'tests in a stage that stands on it',
      `${app('RUN npm ci', '', 'node:20 AS app')}FROM app AS test\nRUN npm test\n`,
      { target: 'app' },
      /the stage in line 7 may need development dependencies/,
    ],
    [
      'tests in a stage that mounts it',
      `${app('RUN npm ci', '', 'node:20 AS app')}FROM node:20 AS test\nRUN --mount=from=app,target=/app npm test\n`,
      { target: 'app' },
      /the stage in line 7 may need development dependencies/,
    ],
    [
      'a script of a workspace',
      app('RUN npm ci').replace('package*.json ./', '. .'),
      {
        files: {
          ...files,
          'package.json': manifest({ workspaces: ['packages/*'] }),
          'packages/one/package.json': JSON.stringify({ name: 'one', scripts: { prepare: 'tsc' } }),
        },
      },
      /the script "prepare" of packages\/one\/package.json runs with the install/,
    ],
    [
      'a script of a package in a folder of the project',
      app('RUN npm ci').replace('package*.json ./', '. .'),
      {
        files: {
          ...files,
          'package.json': manifest({ dependencies: { library: 'file:./lib' } }),
          'lib/package.json': JSON.stringify({ name: 'library', scripts: { prepare: 'tsc' } }),
        },
      },
      /the script "prepare" of lib\/package.json runs with the install/,
    ],
    [
      'a script of the folder that the shell goes to',
      app('RUN cd client && npm ci').replace('package*.json ./', '. .'),
      {
        files: {
          ...files,
          'client/package.json': manifest({ scripts: { postinstall: 'tsc' } }),
          'client/package-lock.json': lock(1),
        },
      },
      /the script "postinstall" of client\/package.json runs with the install/,
    ],
    [
      'a start by a script that calls one',
      app('RUN npm ci').replace('CMD ["node", "a.js"]', 'ENTRYPOINT ["./start.sh"]'),
      { files: { ...files, 'start.sh': '#!/bin/sh\nset -e\nexec tsx a.ts\n' } },
      /the container runs tsx, a development dependency/,
    ],
    [
      'a start by a shell with a script',
      app('RUN npm ci').replace('"node", "a.js"', '"sh", "start"'),
      { files: { ...files, start: 'npx vitest run && node a.js\n' } },
      /the container runs vitest, a development dependency/,
    ],
    [
      'a start by a path',
      app('RUN npm ci').replace('"a.js"', '"node_modules/.bin/tsx", "a.ts"'),
      {},
      /the container runs tsx, a development dependency/,
    ],
    [
      'a start by a file of a package',
      app('RUN npm ci').replace('"a.js"', '"./node_modules/tsx/dist/cli.mjs", "a.ts"'),
      {},
      /the container runs tsx, a development dependency/,
    ],
    ['an exec form', app('RUN ["npm", "ci"]'), {}, /line 4 has no shell/],
    ['no start', app('RUN npm ci').replace(/CMD.*\n/, ''), {}, /nothing says how the container starts/],
    ['Yarn 2', app('RUN yarn install'), { files: { ...files, '.yarnrc.yml': '' } }, /Yarn 2 and later need a plugin/],
  ];
  for (const [name, text, scenario, reason] of refused) {
    it(`are refused with a reason: ${name}`, () => {
      const { refactorings, reasons } = offers(text, scenario);
      assert.deepEqual(refactorings, []);
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? '', reason);
    });
  }

  it('are no business where the command asks for development', () => {
    const { refactorings, reasons } = offers(app('RUN NODE_ENV=development npm ci'));
    assert.deepEqual([refactorings, reasons], [[], []]);
  });

  it('change nothing when applied twice', () => {
    for (const run of ['RUN npm ci', 'RUN pnpm i', 'RUN yarn']) {
      const { after } = offers(app(run));
      assert.notEqual(after, app(run));
      assert.deepEqual(offers(after).refactorings, []);
    }
  });
});
