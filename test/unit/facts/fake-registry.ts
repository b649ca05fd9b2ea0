/** An image registry on loopback that holds what a test gives it. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type FakeWebServer, fakeWebServer } from './fake-web-server';

export interface FakeRegistry extends FakeWebServer {
  /** Answers before the registry does, when it returns true. */
  before: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Makes an image of the repository and gives its digests. */
  push(repository: string, image: FakeImage): { readonly manifest: string; readonly index: string };
  readonly blobs: Map<string, Buffer>;
}

export interface FakeImage {
  readonly tag: string;
  readonly architecture?: string;
  /** Bytes of the tar archive of each layer. */
  readonly layers: readonly number[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly history?: readonly Readonly<Record<string, unknown>>[];
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export async function fakeRegistry(): Promise<FakeRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const keep = (document: unknown, into: Map<string, Buffer>, ...names: string[]): string => {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = digestOf(bytes);
    for (const name of [digest, ...names]) into.set(name, bytes);
    return digest;
  };
  const server = await fakeWebServer((request, response) => {
    if (registry.before(request, response)) return;
    const [, , kind, name = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const repository = /^\/v2\/(.+)\/manifests\//.exec(request.url ?? '')?.[1] ?? '';
    const bytes =
      kind === 'manifests' ? (manifests.get(name) ?? manifests.get(`${repository}:${name}`)) : blobs.get(name);
    if (bytes === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range) response.writeHead(206).end(bytes.subarray(Number(range[1]), Number(range[2]) + 1));
    else response.writeHead(200, { 'content-type': 'application/json' }).end(bytes);
  });
  const registry: FakeRegistry = {
    ...server,
    blobs,
    before: () => false,
    push(repository, image) {
      const layers = image.layers.map((size) => {
        // Half of it does not compress.
        const archive = Buffer.alloc(size);
        for (let at = 0; at < size / 2; at += 32) createHash('sha256').update(`${at}`).digest().copy(archive, at);
        const bytes = gzipSync(archive);
        const digest = digestOf(bytes);
        blobs.set(digest, bytes);
        return {
          digest,
          size: bytes.length,
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          diff: digestOf(archive),
        };
      });
      const architecture = image.architecture ?? 'amd64';
      const configuration = {
        architecture,
        os: 'linux',
        created: '2026-01-02T03:04:05Z',
        config: image.config ?? {},
        history: image.history ?? layers.map(() => ({ created_by: 'ADD rootfs' })),
        rootfs: { type: 'layers', diff_ids: layers.map(({ diff }) => diff) },
      };
      const config = keep(configuration, blobs);
      const manifest = keep(
        {
          schemaVersion: 2,
          config: {
            digest: config,
            size: blobs.get(config)?.length,
            mediaType: 'application/vnd.oci.image.config.v1+json',
          },
          layers: layers.map(({ diff, ...descriptor }) => descriptor),
        },
        manifests,
      );
      const platform = { os: 'linux', architecture };
      const index = keep(
        {
          schemaVersion: 2,
          manifests: [
            {
              digest: `sha256:${'0'.repeat(64)}`,
              size: 1,
              mediaType: '',
              platform: { os: 'windows', architecture: 'amd64' },
            },
            { digest: manifest, size: 1, mediaType: 'application/vnd.oci.image.manifest.v1+json', platform },
          ],
        },
        manifests,
        `${repository}:${image.tag}`,
      );
      return { manifest, index };
    },
  };
  return registry;
}
