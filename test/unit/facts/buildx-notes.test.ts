/** The notes of the buildx client, good and bad, and which builder the next build uses. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientPlaces, hasNamesake, otherBuilder, readClientNote } from '../../../server/src/facts/buildx-notes';
import { temporaryFolder } from './temporary-folder';

test('the folders are where the command line has them', () => {
  assert.deepEqual(clientPlaces({}, '/home/me'), {
    docker: join('/home/me', '.docker'),
    buildx: join('/home/me', '.docker', 'buildx'),
  });
  assert.equal(clientPlaces({ DOCKER_CONFIG: '/etc/d' }, '/home/me').buildx, join('/etc/d', 'buildx'));
  assert.equal(clientPlaces({ BUILDX_CONFIG: '/x' }, '/home/me').buildx, '/x');
});

test('a note is found under any builder and node', async (context) => {
  const folder = temporaryFolder(context, {
    '.docker/buildx/refs/__group__/abc': '{"Refs":[]}',
    '.docker/buildx/refs/desktop-linux/desktop-linux/abc': '{"LocalPath":"/app","DockerfilePath":"/app/Dockerfile"}',
    '.docker/buildx/refs/default/default/def': '{"Target":"default","LocalPath":"/other","DockerfilePath":""}',
  });
  const places = clientPlaces({}, folder);
  assert.deepEqual(await readClientNote(places, 'abc'), { contextPath: '/app', dockerfilePath: '/app/Dockerfile' });
  assert.deepEqual(await readClientNote(places, 'def'), { contextPath: '/other', dockerfilePath: '' });
  assert.equal(await readClientNote(places, 'ghi'), undefined);
});

test('a damaged note, a path for a reference and a client that never built give nothing', async (context) => {
  const folder = temporaryFolder(context, {
    '.docker/buildx/refs/default/default/broken': '{"LocalPath":',
    '.docker/buildx/refs/default/default/wrong': '{"LocalPath":3}',
    '.docker/buildx/refs/default/default/list': '[]',
    '.docker/buildx/secret': '{"LocalPath":"/secret"}',
  });
  const places = clientPlaces({}, folder);
  for (const reference of ['broken', 'wrong', 'list', '../../../secret', '', '.']) {
    assert.equal(await readClientNote(places, reference), undefined, reference);
  }
  assert.equal(await readClientNote(clientPlaces({}, join(folder, 'nowhere')), 'abc'), undefined);
});

test('another folder of the same name is found, not the folder itself under another path', async (context) => {
  const note = (path: string) => JSON.stringify({ LocalPath: path, DockerfilePath: '' });
  const folder = temporaryFolder(context, {
    'one/app/a': '',
    'two/app/a': '',
    '.docker/buildx/refs/default/default/abc': note('/elsewhere/other'),
    '.docker/buildx/refs/default/default/broken': '{',
  });
  const places = clientPlaces({ DOCKER_CONFIG: join(folder, '.docker') });
  const [one, two] = [join(folder, 'one', 'app'), join(folder, 'two', 'app')];
  symlinkSync(join(folder, 'one'), join(folder, 'link'));
  assert.equal(await hasNamesake(places, one), false);
  writeFileSync(join(folder, '.docker/buildx/refs/default/default/def'), note(join(folder, 'link', 'app')));
  assert.equal(await hasNamesake(places, one), false);
  writeFileSync(join(folder, '.docker/buildx/refs/default/default/ghi'), note(two));
  assert.equal(await hasNamesake(places, one), true);
  assert.equal(await hasNamesake(places, join(folder, 'one')), false);
});

const container = '{"Name":"many","Driver":"docker-container","Nodes":[]}';
const selections: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly other?: RegExp;
}[] = [
  { name: 'nothing chosen', files: {} },
  {
    name: '"docker buildx use" alone does not move "docker build"',
    files: {
      '.docker/buildx/current': '{"Key":"","Name":"many","Global":false}',
      '.docker/buildx/instances/many': container,
    },
  },
  {
    name: 'with the alias of "docker buildx install" it does',
    files: {
      '.docker/config.json': '{"aliases":{"builder":"buildx"}}',
      '.docker/buildx/current': '{"Key":"","Name":"many","Global":false}',
      '.docker/buildx/instances/many': container,
    },
    other: /many.*docker-container/,
  },
  {
    name: 'but not when it was chosen for another endpoint',
    files: {
      '.docker/config.json': '{"aliases":{"builder":"buildx"}}',
      '.docker/buildx/current': '{"Key":"unix:///other.sock","Name":"many","Global":false}',
      '.docker/buildx/instances/many': container,
    },
  },
  {
    name: 'BUILDX_BUILDER names a builder that was created',
    files: { '.docker/buildx/instances/many': container },
    environment: { BUILDX_BUILDER: 'many' },
    other: /many.*docker-container/,
  },
  { name: 'BUILDX_BUILDER names the own one', files: {}, environment: { BUILDX_BUILDER: 'default' } },
  {
    name: 'BUILDX_BUILDER names the one of the current context',
    files: { '.docker/config.json': '{"currentContext":"desktop-linux"}' },
    environment: { BUILDX_BUILDER: 'desktop-linux' },
  },
  {
    name: 'BUILDX_BUILDER names another context',
    files: {},
    environment: { BUILDX_BUILDER: 'far-away' },
    other: /far-away/,
  },
  {
    name: 'damaged files count as none',
    files: { '.docker/config.json': '{', '.docker/buildx/current': 'x', '.docker/buildx/instances/many': '[' },
  },
];
for (const { name, files, environment = {}, other } of selections) {
  test(`builder: ${name}`, async (context) => {
    const folder = temporaryFolder(context, files);
    const reason = await otherBuilder(clientPlaces({}, folder), environment);
    if (other === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? '', other);
  });
}
