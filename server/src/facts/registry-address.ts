/** Where a registry is reached: what an image reference calls it, and what the engine's configuration on this machine says of it. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ImageReference } from '../images/reference';
import { objectOf, stringsOf } from './json-values';

/** One server to ask for an image. */
export interface RegistryServer {
  /** `https://host[:port]`, without a slash at its end. */
  readonly url: string;
  /** As credentials are filed under it in Docker's configuration; absent for a mirror that needs none. */
  readonly credentialKey?: string;
  /** Certificates in PEM form that the user trusts for it. */
  readonly authorities?: readonly string[];
}

/** What the engine of this machine is told of registries. */
export interface EngineRegistries {
  /** For images of Docker Hub, asked first. */
  readonly mirrors: readonly string[];
  /** Hosts that may be asked over http. */
  readonly insecure: readonly string[];
}

const hub = 'docker.io';
/** Docker Hub by its API, and by the name that credentials have (docker/cli, registry.IndexServer). */
const hubServer = 'https://registry-1.docker.io';
const hubCredentials = 'https://index.docker.io/v1/';
const maximumBytes = 1_000_000;
const mostCertificates = 20;

/**
 * The servers in the order to ask them. Plain http is tried only where Docker would do so: on this machine (loopback), and for hosts that
 * the engine's configuration calls insecure.
 */
export async function serversOf(
  { registry }: ImageReference,
  engine: EngineRegistries,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly RegistryServer[]> {
  if (registry === hub) {
    const mirrors = engine.mirrors
      .filter((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
      .map((url) => ({ url: url.replace(/\/+$/, '') }));
    return [...mirrors, { url: hubServer, credentialKey: hubCredentials }];
  }
  const authorities = await certificatesFor(registry, platform);
  const own = { credentialKey: registry, ...(authorities.length > 0 && { authorities }) };
  const secure = { url: `https://${registry}`, ...own };
  const plain = { url: `http://${registry}`, ...own };
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);
  if (loopback) return [plain, secure];
  return engine.insecure.includes(registry) ? [secure, plain] : [secure];
}

/** Reads `daemon.json`, where an engine on this machine keeps it. Never rejects: without one there are none. */
export async function readEngineRegistries(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string = homedir(),
): Promise<EngineRegistries> {
  const desktop = join(home, '.docker', 'daemon.json');
  const candidates =
    platform === 'win32'
      ? [desktop, join(environment.ProgramData || 'C:\\ProgramData', 'docker', 'config', 'daemon.json')]
      : [join('/etc', 'docker', 'daemon.json'), desktop, join(home, '.config', 'docker', 'daemon.json')];
  const found = await Promise.all(candidates.map(readObject));
  const strings = (name: string): readonly string[] => found.flatMap((each) => stringsOf(each?.[name], 20));
  return { mirrors: strings('registry-mirrors'), insecure: strings('insecure-registries') };
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return text.length > maximumBytes ? undefined : objectOf(JSON.parse(text));
  } catch {
    // The engine itself reports a damaged configuration; here it says nothing.
    return undefined;
  }
}

/** Certificates that Docker trusts for a registry (docker/docs, engine/security/certificates: `certs.d/HOST/*.crt`). */
async function certificatesFor(registry: string, platform: NodeJS.Platform): Promise<readonly string[]> {
  if (platform === 'win32') return [];
  const folders = ['/etc/docker/certs.d', join(homedir(), '.docker', 'certs.d')].map((each) => join(each, registry));
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      const files = names.filter((name) => name.endsWith('.crt')).slice(0, mostCertificates);
      return Promise.all(files.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
    }),
  );
  return texts.flat().filter((text) => text.includes('BEGIN CERTIFICATE') && text.length < maximumBytes);
}
