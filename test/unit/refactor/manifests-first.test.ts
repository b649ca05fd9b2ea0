import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manifestsFirst } from '../../../server/src/refactor/manifests-first';
import { testFixtures } from './fixtures';
import { refactorContext } from './scenario';

testFixtures(manifestsFirst);

describe('what leads the installation to other files of the project', () => {
  const isOffered = (
    lines: readonly string[],
    files: Readonly<Record<string, string>>,
    from = 'FROM node:22',
  ): boolean => {
    const text = [from, 'WORKDIR /app', 'COPY . .', ...lines, ''].join('\n');
    return manifestsFirst.offer(refactorContext(text, { files })).refactorings.length > 0;
  };
  const node = { 'package.json': '{}', 'package-lock.json': '{"packages":{}}', 'config/rc': 'text', 'main.js': 'text' };
  const python = { 'requirements.txt': 'flask==3.0.0', 'cfg/c.txt': 'text', 'lib/setup.py': 'text', 'a.whl': 'text' };
  const ruby = { Gemfile: "gem 'rails'", 'Gemfile.lock': 'text', 'gemfiles/Gemfile': 'text' };
  const go = { 'go.mod': 'module example', 'go.sum': 'text', 'tools.mod': 'text' };

  it('is offered without', () => {
    assert.ok(isOffered(['RUN npm ci --omit=dev'], node));
    assert.ok(isOffered(['RUN pip install --no-cache-dir -r requirements.txt'], python));
    assert.ok(isOffered(['RUN pip install -r requirements.txt'], { ...python, 'requirements.txt': './a.whl' }));
    assert.ok(isOffered(['RUN bundle install'], ruby));
    assert.ok(isOffered(['RUN go mod download'], go));
  });

  it('options and variables', () => {
    for (const [lines, files] of [
      [['RUN npm ci --userconfig=config/rc'], node],
      [['RUN NPM_CONFIG_USERCONFIG=config/rc npm ci'], node],
      [['ENV NPM_CONFIG_USERCONFIG=/app/config/rc', 'RUN npm ci'], node],
      [['ENV NODE_EXTRA_CA_CERTS=config/rc', 'RUN npm ci'], node],
      [['RUN pip install --cert=cfg/c.txt -r requirements.txt'], python],
      [['RUN PIP_CONSTRAINT=cfg/c.txt pip install -r requirements.txt'], python],
      [['ARG PIP_CONSTRAINT=cfg/c.txt', 'RUN pip install -r requirements.txt'], python],
      [['RUN python -m pip install -r requirements.txt'], { ...python, 'logging.py': 'text' }],
      [['ENV HOME=/app', 'RUN pip install -r requirements.txt'], { ...python, '.config/pip/pip.conf': 'text' }],
      [['ENV BUNDLE_GEMFILE=gemfiles/Gemfile', 'RUN bundle install'], ruby],
      [['ENV GOFLAGS=-modfile=tools.mod', 'RUN go mod download'], go],
      [['RUN go mod download -modfile=tools.mod'], go],
    ] as const)
      assert.ok(!isOffered(lines, files), lines.join('; '));
  });

  it('requirements that lie in the project', () => {
    for (const requirements of ['.', '.[dev]', '-e.', '-elib', '--editable=./lib', 'mine @ ./lib', 'b.whl', 'lib/'])
      assert.ok(
        !isOffered(['RUN pip install -r requirements.txt'], {
          ...python,
          'requirements.txt': `flask\n${requirements}\n`,
        }),
        requirements,
      );
  });

  it('settings of managers', () => {
    const npm = ['RUN npm ci'];
    const yarn = ['RUN yarn install --immutable'];
    const modern = { ...node, 'yarn.lock': 'text', '.yarn/releases/yarn.cjs': 'text' };
    assert.ok(isOffered(npm, { ...node, '.npmrc': 'registry=https://example.org\nfund=false' }));
    assert.ok(
      isOffered(yarn, { ...modern, '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn.cjs\nnodeLinker: node-modules' }),
    );
    for (const [lines, files] of [
      [npm, { ...node, '.npmrc': 'cafile=config/rc' }],
      [npm, { ...node, '.npmrc': 'node-options=--require ./main.js' }],
      [npm, { ...node, 'package.json': '{"overrides":{"a":{"b":"file:./config"}}}' }],
      [yarn, { ...modern, 'package.json': '{"resolutions":{"a":"portal:./config"}}' }],
      [yarn, { ...modern, '.yarnrc.yml': 'yarnPath: tools/yarn.cjs' }],
      [yarn, { ...modern, '.yarnrc.yml': 'plugins:\n  - path: tools/plugin.cjs' }],
      [yarn, { ...modern, '.yarnrc': 'yarn-path "tools/yarn.js"' }],
      [['RUN pnpm install'], { ...node, 'pnpm-lock.yaml': 'text', '.pnpmfile.cjs': "require('./main')" }],
    ] as const)
      assert.ok(!isOffered(lines, files), JSON.stringify(files));
  });
});
