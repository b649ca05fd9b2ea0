/** Which registry npm would ask for a package, and with which credentials: as the user's npm is configured. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface NpmRegistry {
  /** Without a slash at its end. */
  readonly url: string;
  /** Value of the header `Authorization`; only for this registry. */
  readonly authorization?: string;
  /** The user's own configuration names it. A registry that only the project names is asked only when its address is public. */
  readonly known: boolean;
}

export interface NpmConfiguration {
  registryOf(name: string): NpmRegistry;
}

export interface NpmConfigurationOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the project, when it is trusted: only registry lines of its `.npmrc` count. */
  readonly project?: string;
  readonly home?: string;
}

const defaultRegistry = 'https://registry.npmjs.org';
const maximumBytes = 256_000;
const scopePattern = /^@[a-z0-9~-][\w.~-]*:registry$/i;

type Lines = ReadonlyMap<string, string>;

/** Reads the user's and the project's `.npmrc`. Never rejects: a file that can't be read is an empty one, as for npm. */
export async function readNpmConfiguration(options: NpmConfigurationOptions): Promise<NpmConfiguration> {
  const { environment, project } = options;
  const named = fromEnvironment(environment, 'userconfig');
  const [user, own] = await Promise.all([
    readLines(named ?? join(options.home ?? homedir(), '.npmrc'), environment),
    project === undefined ? new Map<string, string>() : readLines(join(project, '.npmrc'), undefined),
  ]);
  const fromEnv = registryUrl(fromEnvironment(environment, 'registry'));
  return {
    registryOf(name) {
      const scope = name.startsWith('@') ? `${name.slice(0, name.indexOf('/'))}:registry` : undefined;
      const candidates = [
        scope === undefined ? undefined : registryUrl(own.get(scope)),
        scope === undefined ? undefined : registryUrl(user.get(scope)),
        fromEnv,
        registryUrl(own.get('registry')),
        registryUrl(user.get('registry')),
      ];
      const url = candidates.find((each) => each !== undefined) ?? defaultRegistry;
      const authorization = authorizationFor(url, user);
      const chosen = [fromEnv, defaultRegistry, ...[...user.values()].map(registryUrl)];
      const known = authorization !== undefined || chosen.includes(url);
      return { url, known, ...(authorization !== undefined && { authorization }) };
    },
  };
}

function fromEnvironment(environment: NpmConfigurationOptions['environment'], name: string): string | undefined {
  const wanted = `npm_config_${name}`;
  const found = Object.entries(environment).find(([key, value]) => key.toLowerCase() === wanted && value);
  return found?.[1];
}

function registryUrl(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Lines `name = value`. With an environment `${NAME}` is replaced; without, such a line does not count: it could carry secrets away. */
async function readLines(
  file: string,
  environment: NpmConfigurationOptions['environment'] | undefined,
): Promise<Lines> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = new Map<string, string>();
  if (text.length > maximumBytes) return lines;
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const plain = value.replace(/^(["'])(.*)\1$/, '$2');
    if (environment === undefined) {
      if (!plain.includes('${') && (name === 'registry' || scopePattern.test(name))) lines.set(name, plain);
    } else {
      lines.set(
        name,
        plain.replace(/\$\{([^}]+)\}/g, (whole, variable: string) => environment[variable] ?? whole),
      );
    }
  }
  return lines;
}

/** Credentials are kept by registry: `//host/path/:_authToken` counts for that host and what lies below the path. */
function authorizationFor(registry: string, user: Lines): string | undefined {
  const { protocol, host, pathname, hostname } = new URL(registry);
  if (protocol !== 'https:' && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return undefined;
  const parts = pathname.split('/').filter((part) => part !== '');
  for (let length = parts.length; length >= 0; length -= 1) {
    const path = parts.slice(0, length).map((part) => `${part}/`);
    const prefix = `//${host}/${path.join('')}:`;
    const token = user.get(`${prefix}_authToken`);
    if (token) return `Bearer ${token}`;
    const basic = user.get(`${prefix}_auth`);
    if (basic) return `Basic ${basic}`;
    const [name, password] = [user.get(`${prefix}username`), user.get(`${prefix}_password`)];
    if (name && password) {
      const plain = Buffer.from(password, 'base64').toString('utf8');
      return `Basic ${Buffer.from(`${name}:${plain}`).toString('base64')}`;
    }
  }
  return undefined;
}
