/** What a client asked of the frontend (buildx build/opt.go, BuildKit frontend/dockerui/config.go), taken apart. */
import type { BuildOptions } from '../cache/types';

export interface BuildAttributes {
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** As the client named them; empty when it named none. */
  readonly platforms: readonly string[];
  readonly options: BuildOptions;
  /** An image that serves as frontend, when the client named one. */
  readonly frontend?: string;
  /** Name of the Dockerfile in its folder. */
  readonly filename: string;
  /** Nothing came from a folder of the client: a repository, an archive, standard input. */
  readonly remoteContext: boolean;
  /** The text came from elsewhere than the path that the client noted: standard input, a bake file, a URL. */
  readonly textElsewhere: boolean;
}

/**
 * Attributes that enter keys as they are: what all RUN of a build are given (frontend/dockerui/config.go: `Client.init`).
 * Labels, attestations, `no-cache`, `image-resolve-mode`, names of files and what is noted of the repository do not.
 */
const keyed: ReadonlySet<string> = new Set([
  'force-network-mode',
  'add-hosts',
  'shm-size',
  'ulimit',
  'cgroup-parent',
  'hostname',
  'memory',
  'memswap',
  'cpushares',
  'cpuperiod',
  'cpuquota',
  'cpusetcpus',
  'cpusetmems',
]);

const argumentPrefix = 'build-arg:';

/** Attributes of a build, by what they mean. */
export function readAttributes(attributes: Readonly<Record<string, string>>): BuildAttributes {
  const buildArguments: Record<string, string> = {};
  const options: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith(argumentPrefix)) buildArguments[name.slice(argumentPrefix.length)] = value;
    // A named context takes the place of a stage or an image, and its content is not told.
    else if (name.startsWith('context:')) options[name] = withoutCredentials(value);
    else if (keyed.has(name) && value !== '') options[name] = value;
  }
  const contextName = attributes.contextkey || 'context';
  const remote = attributes[contextName] ?? attributes['input:context'];
  if (remote !== undefined) {
    options.context = withoutCredentials(remote);
    if (attributes.contextsubdir) options.contextsubdir = attributes.contextsubdir;
  }
  const frontend = attributes.cmdline || attributes.source;
  return {
    ...(attributes.target && { target: attributes.target }),
    buildArguments,
    platforms: (attributes.platform ?? '').split(',').filter((platform) => platform !== ''),
    options,
    ...(frontend && { frontend }),
    filename: attributes.filename || 'Dockerfile',
    remoteContext: remote !== undefined,
    textElsewhere: attributes.dockerfilekey !== undefined,
  };
}

/** An address of a repository may hold a password, which is nobody's business. */
function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//');
}
