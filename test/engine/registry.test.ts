/** The registry client against a real registry server: what was pushed is what it reads. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { systemClock } from '../../server/src/facts/clock';
import { createFetch } from '../../server/src/facts/fetch';
import { serversOf } from '../../server/src/facts/registry-address';
import { createRegistryClient } from '../../server/src/facts/registry-client';
import { credentialsFor } from '../../server/src/facts/registry-credentials';
import { parseReference } from '../../server/src/images/reference';
import { pushBlob, pushManifest, type RegistryServer, startRegistry, user } from './registry-server';

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
};
const repository = 'team/app';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'strata-registry-'));
const log = { info: () => undefined, warn: () => undefined };
const fetcher = createFetch({ clock: systemClock, log });
const signal = new AbortController().signal;
let open: RegistryServer;
let guarded: RegistryServer;

before(async () => {
  [open, guarded] = await Promise.all([startRegistry(folder, false), startRegistry(folder, true)]);
});

after(async () => {
  fetcher.dispose();
  await Promise.all([open, guarded].map((server) => server?.stop()));
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A layer of files of this repository, which have sizes as programs have. */
async function layerOf(names: readonly string[]) {
  const archive = pack();
  let contents = 0;
  for (const name of names) {
    const bytes = fs.readFileSync(name);
    contents += bytes.length;
    archive.entry({ name: path.basename(name) }, bytes);
  }
  const parts: Buffer[] = [];
  archive.on('data', (part) => {
    if (part instanceof Uint8Array) parts.push(Buffer.from(part));
  });
  const ended = once(archive, 'end');
  archive.finalize();
  await ended;
  const tar = Buffer.concat(parts);
  const bytes = new Uint8Array(gzipSync(tar));
  const digest = await pushBlob(open.host, repository, bytes);
  const diff = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  return { contents, diff, descriptor: { mediaType: types.layer, digest, size: bytes.length } };
}

async function pushImage(
  kinds: { readonly manifest: string; readonly index: string },
  tag: string,
  architecture: string,
) {
  const source = path.join(import.meta.dirname, '..', '..', 'server', 'src', 'facts');
  const names = fs.readdirSync(source).filter((name) => name.endsWith('.ts'));
  const half = Math.floor(names.length / 2);
  const layers = await Promise.all(
    [names.slice(0, half), names.slice(half)].map((some) => layerOf(some.map((name) => path.join(source, name)))),
  );
  const configuration = new TextEncoder().encode(
    JSON.stringify({
      architecture,
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: { Env: ['PATH=/bin', `ARCH=${architecture}`], User: 'app', Entrypoint: ['/run'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diff }) => diff) },
      history: [{ created_by: 'COPY a /' }, { created_by: 'USER app', empty_layer: true }, { created_by: 'COPY b /' }],
    }),
  );
  const config = await pushBlob(open.host, repository, configuration);
  const manifest = {
    schemaVersion: 2,
    mediaType: kinds.manifest,
    config: { mediaType: types.config, digest: config, size: configuration.length },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const digest = await pushManifest(open.host, repository, `${tag}-${architecture}`, kinds.manifest, manifest);
  const size = JSON.stringify(manifest).length;
  return { digest, size, config, layers, contents: layers.reduce((sum, { contents }) => sum + contents, 0) };
}

async function read(server: RegistryServer, name: string, platform: string, configuration?: string) {
  const client = createRegistryClient({
    fetch: fetcher,
    servers: (reference) => serversOf(reference, { mirrors: [], insecure: [] }),
    credentials: (key) =>
      credentialsFor(key, {
        environment: { DOCKER_CONFIG: configuration ?? folder },
        platform: process.platform,
        home: folder,
        log,
      }),
    clock: systemClock,
  });
  const parsed = parseReference(`${server.host}/${name}`);
  assert.ok(parsed.kind === 'ok');
  return client.read(parsed.reference, platform, signal);
}

for (const [kind, kinds] of Object.entries({
  oci: { manifest: types.manifest, index: types.index },
  docker: { manifest: types.dockerManifest, index: types.dockerList },
})) {
  test(`an image of several platforms is read as it was pushed (${kind})`, async () => {
    const amd64 = await pushImage(kinds, kind, 'amd64');
    const arm64 = await pushImage(kinds, kind, 'arm64');
    const entry = (of: typeof amd64, architecture: string) => ({
      mediaType: kinds.manifest,
      digest: of.digest,
      size: of.size,
      platform: { os: 'linux', architecture },
    });
    const index = await pushManifest(open.host, repository, kind, kinds.index, {
      schemaVersion: 2,
      mediaType: kinds.index,
      manifests: [entry(arm64, 'arm64'), entry(amd64, 'amd64')],
    });
    for (const [name, platform, of] of [
      [`${repository}:${kind}`, 'linux/amd64', amd64],
      [`${repository}:${kind}`, 'linux/arm64/v8', arm64],
      [`${repository}:${kind}-amd64`, 'linux/amd64', amd64],
      [`${repository}@${index}`, 'linux/amd64', amd64],
    ] as const) {
      const answer = await read(open, name, platform);
      assert.ok(answer.kind === 'ok', answer.kind === 'failed' ? answer.reason : '');
      const { value } = answer;
      assert.equal(value.digest, of.config);
      assert.deepEqual(
        value.layerDigests,
        of.layers.map(({ diff }) => diff),
      );
      assert.equal(
        value.compressedSize,
        of.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
      );
      assert.ok(value.configuration?.environment.includes(`ARCH=${platform.split('/')[1]}`));
      assert.deepEqual(
        value.layers.map(({ createdBy }) => createdBy),
        ['COPY a /', 'COPY b /'],
      );
      const { low = 0, high = 0 } = value.sizeRange ?? {};
      assert.ok(low <= of.contents && of.contents <= high, `${low} ${of.contents} ${high}`);
      assert.equal(value.source.kind, 'registry');
    }
  });
}

test('a guarded registry is read with the credentials of docker login, and only with them', async () => {
  const { config } = await pushImage({ manifest: types.manifest, index: types.index }, 'guarded', 'amd64');
  const refused = await read(guarded, `${repository}:guarded-amd64`, 'linux/amd64');
  assert.ok(refused.kind === 'failed' && /login/.test(refused.reason));
  const login = path.join(folder, 'login');
  fs.mkdirSync(login);
  const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  fs.writeFileSync(path.join(login, 'config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
  const answer = await read(guarded, `${repository}:guarded-amd64`, 'linux/amd64', login);
  assert.ok(answer.kind === 'ok', answer.kind === 'failed' ? answer.reason : '');
  assert.equal(answer.value.digest, config);
});

test('what the registry does not have', async () => {
  const answer = await read(open, `${repository}:nothing`, 'linux/amd64');
  assert.ok(answer.kind === 'failed' && !answer.again);
  assert.match(answer.reason, /has no such image/);
});
