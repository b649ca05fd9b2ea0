import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readNpmConfiguration } from '../../../server/src/facts/npm-configuration';
import { temporaryFolder } from './temporary-folder';

const usual = 'https://registry.npmjs.org';

test('without configuration it is the public registry', async (context) => {
  const home = temporaryFolder(context);
  const configuration = await readNpmConfiguration({ environment: {}, home });
  assert.deepEqual(configuration.registryOf('express'), { url: usual, known: true });
});

test('environment before project before user, and scopes before all', async (context) => {
  const home = temporaryFolder(context, {
    '.npmrc': 'registry = "https://user.example/npm/"\n; comment\n@corp:registry=https://corp.example\n',
    'project/.npmrc': 'registry=https://project.example/\n@team:registry=https://team.example\n',
  });
  const project = join(home, 'project');
  const user = await readNpmConfiguration({ environment: {}, home });
  assert.equal(user.registryOf('express').url, 'https://user.example/npm');
  assert.equal(user.registryOf('@corp/x').url, 'https://corp.example');
  const both = await readNpmConfiguration({ environment: {}, home, project });
  assert.deepEqual(both.registryOf('express'), { url: 'https://project.example', known: false });
  assert.equal(both.registryOf('@corp/x').url, 'https://corp.example');
  assert.equal(both.registryOf('@team/x').url, 'https://team.example');
  const environment = { NPM_CONFIG_REGISTRY: 'https://env.example/' };
  const all = await readNpmConfiguration({ environment, home, project });
  assert.deepEqual(all.registryOf('express'), { url: 'https://env.example', known: true });
});

test('credentials are those of the registry, and of nobody else', async (context) => {
  const home = temporaryFolder(context, {
    '.npmrc': [
      '//corp.example/npm/:_authToken=${TOKEN}',
      '//basic.example/:username=me',
      `//basic.example/:_password=${Buffer.from('secret').toString('base64')}`,
      '//registry.npmjs.org/:_authToken=public',
      '//plain.example/:_authToken=open',
    ].join('\n'),
    'project/.npmrc': 'registry=https://evil.example/\n//evil.example/:_authToken=x\n',
  });
  const at = async (url: string) =>
    (await readNpmConfiguration({ environment: { TOKEN: 'abc', npm_config_registry: url }, home })).registryOf('x')
      .authorization;
  assert.equal(await at('https://corp.example/npm/private/'), 'Bearer abc');
  assert.equal(await at('https://corp.example/'), undefined);
  assert.equal(await at('https://corp.example:8443/npm/'), undefined);
  assert.equal(await at('https://corp.example.evil.example/npm/'), undefined);
  assert.equal(await at('https://basic.example/'), `Basic ${Buffer.from('me:secret').toString('base64')}`);
  assert.equal(await at(usual), 'Bearer public');
  assert.equal(await at('http://plain.example/'), undefined);
  const project = await readNpmConfiguration({ environment: {}, home, project: join(home, 'project') });
  assert.deepEqual(project.registryOf('x'), { url: 'https://evil.example', known: false });
});

test('a project can’t carry the environment away, nor name anything but a registry', async (context) => {
  const home = temporaryFolder(context, {
    'project/.npmrc': 'registry=https://evil.example/${SECRET}\nuserconfig=/etc/passwd\n@a:registry=file:///etc\n',
  });
  const configuration = await readNpmConfiguration({
    environment: { SECRET: 'secret' },
    home,
    project: join(home, 'project'),
  });
  assert.equal(configuration.registryOf('x').url, usual);
  assert.equal(configuration.registryOf('@a/x').url, usual);
});
