/** An image that was just built: what lies in it, how it is configured, and what two builds of one file write differently. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { apiGet, type Engine } from './engine.mjs';
import type { Subject } from './own-analysis';
import { readVertexes, type Vertex } from './session';

export interface InspectedImage {
  readonly Id: string;
  readonly Config: {
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly ExposedPorts?: unknown;
    readonly Volumes?: unknown;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: unknown;
  };
  readonly RootFS: { readonly Layers: readonly string[] };
  /** Bytes of all layers, as `docker history` adds up to with the classic image store. */
  readonly Size: number;
}

export async function inspectImage(engine: Engine, image: string): Promise<InspectedImage> {
  return (await apiGet(engine.socket, `/images/${image}/json`)) as InspectedImage;
}

export interface ImageBuild extends Subject {
  readonly image: string;
}

/** Builds and tags an image, and gives the steps as the engine told of them. Rejects with what the failed step said. */
export async function buildImage(
  engine: Engine,
  { dockerfile, context, image, target, buildArguments = {} }: ImageBuild,
): Promise<readonly Vertex[]> {
  const given = Object.entries(buildArguments).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const stage = target === undefined ? [] : ['--target', target];
  const options = ['--progress=rawjson', '--network=host', '-t', image, '-f', dockerfile, ...given, ...stage];
  const outcome = await engine.docker(['buildx', 'build', ...options, context], {
    timeoutMs: 900_000,
    allowFailure: true,
  });
  const vertexes = readVertexes(outcome.stderr);
  if (outcome.code !== 0) {
    const failed = vertexes.find(({ error }) => error)?.error;
    throw new Error(`${image} does not build: ${failed ?? ''}\n${logsOf(outcome.stderr)}`);
  }
  return vertexes;
}

/** The end of what the steps printed, from `--progress=rawjson`. */
function logsOf(rawjson: string): string {
  const texts = [...rawjson.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  return (texts.join('') || rawjson).slice(-2000);
}

/** Paths that two builds of the same file write differently, and why. Without a slash in front. */
export const differsBetweenBuilds: readonly (readonly [paths: RegExp, why: string])[] = [
  [/^var\/log\//, 'logs hold times'],
  [/(?:^|\/)\.config\/configstore\//, 'programs note when they last looked for a new release'],
  [/^(?:etc\/ldap\/slapd\.d|var\/lib\/ldap)\//, 'slapd makes its directory with times and random identifiers'],
  [/^var\/cache\/ldconfig\//, "the linker's cache holds times of libraries"],
  [/^var\/cache\/debconf\//, 'debconf keeps its database and the one before'],
  [/^var\/lib\/dpkg\/[^/]*-old$/, 'the state before the last installation'],
  [/^tmp\/(?:v8-compile-cache|node-compile-cache|yarn--)/, 'compiled code and folders named by the time'],
  [/\/\.yarn-integrity$/, 'holds the version and options that Yarn ran with'],
  [/\/\.npm\/_logs\//, 'logs named by the time'],
  [/\/\.npm\/_update-notifier-last-checked$/, 'a time'],
  [/\/__pycache__\//, 'compiled code holds the times of its sources'],
  [/^etc\/(?:resolv\.conf|hosts|hostname|mtab)$|^\.dockerenv$/, 'the engine puts them into every container'],
];

/** Type, mode, owner, link target and digest of everything in an image, by path; times are left out. */
export type ImageFiles = Readonly<Record<string, string>>;

/** Everything in the image but for what differs between any two builds. Paths have no slash in front, folders one at the end. */
export async function filesOf(engine: Engine, image: string): Promise<ImageFiles> {
  const made = await ask(engine, 'POST', '/containers/create', { Image: image, Cmd: ['true'] });
  const { Id: container } = JSON.parse(await text(made)) as { Id: string };
  try {
    const found: Record<string, string> = {};
    const reader = extract();
    const exported = await ask(engine, 'GET', `/containers/${container}/export`);
    exported.on('error', (error) => reader.destroy(error));
    exported.pipe(reader);
    for await (const entry of reader) {
      const digest = createHash('sha256');
      for await (const chunk of entry) digest.update(chunk as Buffer);
      const { name, type, mode, uid, gid, linkname } = entry.header;
      if (differsBetweenBuilds.some(([paths]) => paths.test(name))) continue;
      found[name] = `${type} ${mode?.toString(8)} ${uid}:${gid} ${linkname ?? ''} ${digest.digest('hex').slice(0, 12)}`;
    }
    return found;
  } finally {
    (await ask(engine, 'DELETE', `/containers/${container}?force=1`)).resume();
  }
}

/** A request to the Engine API. Rejects with what the engine says when it refuses. */
function ask({ socket }: Engine, method: string, target: string, body?: unknown): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = http.request({ socketPath: socket, path: target, method, headers }, (response) => {
      const { statusCode = 0 } = response;
      if (statusCode < 300) resolve(response);
      else text(response).then((said) => reject(new Error(`${method} ${target}: ${statusCode} ${said}`)), reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
