/**
 * Where package managers keep what they download, and which of their calls work with it. Folders as the managers' documentation has them;
 * those that hold more than downloads (`~/.m2`, `~/.gradle`, `~/.cache/pypoetry`) are mounted one level deeper.
 */
import { cleanPath } from '../build/paths';
import { hasOption, type ManagerCall } from './run-managers';

/** What a step runs with. */
export interface CacheSurroundings {
  /** Home folder of the user; undefined when it is not known. */
  readonly home: string | undefined;
  /** Value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  /** Repository of the base image, without registry, `library/` and tag: `golang`. */
  readonly baseImage: string;
  /** Text of a file at the root of the build context. */
  readonly file: (path: string) => string | undefined | 'pending';
}

export interface CacheManager {
  readonly manager: string;
  /** A call for which the mount is worth while. */
  readonly installs: RegExp;
  /** Every call that reads or fills the cache; `installs` when absent. */
  readonly uses?: RegExp;
  /** Later commands need what is in it: every RUN of the stage that may work with it gets the mount. */
  readonly needed: boolean;
  /** Programs that need it in the container. */
  readonly runs?: RegExp;
  readonly locked?: true;
  /** Undefined: not known; a sentence: the cache is turned off, or is no cache. Not localised. */
  readonly folders: (around: CacheSurroundings) => readonly string[] | 'off' | undefined;
  /** Options that keep the manager from its cache. */
  readonly without: readonly string[];
  /** Calls that empty the cache. */
  readonly empties?: RegExp;
  /** What it keeps is counted with the packages: how much less the layer holds is not known. */
  readonly countedWithPackages?: true;
  /** Options that move it elsewhere. */
  readonly elsewhere: readonly string[];
}

const on = /^(?:1|true|yes|on)$/i;

function inHome({ home }: CacheSurroundings, ...folders: readonly string[]): readonly string[] | undefined {
  return home === undefined ? undefined : folders.map((folder) => cleanPath(`${home}/${folder}`));
}

function given(value: string | undefined): readonly string[] | undefined {
  return value?.startsWith('/') ? [cleanPath(value)] : undefined;
}

function userCache(around: CacheSurroundings, name: string): readonly string[] | undefined {
  const base = around.variable('XDG_CACHE_HOME');
  return base?.startsWith('/') ? [cleanPath(`${base}/${name}`)] : inHome(around, `.cache/${name}`);
}

function below(folder: string | undefined, ...names: readonly string[]): readonly string[] | undefined {
  return folder?.startsWith('/') ? names.map((name) => cleanPath(`${folder}/${name}`)) : undefined;
}

/** Yarn 1's user-home-dir.js: root's home is /usr/local/share. Yarn 2 and later run from their cache, unless they make `node_modules`. */
function yarnFolders(around: CacheSurroundings): readonly string[] | 'off' | undefined {
  const lock = around.file('yarn.lock');
  if (lock === undefined || lock === 'pending') return undefined;
  if (lock.includes('# yarn lockfile v1')) {
    const chosen = given(around.variable('YARN_CACHE_FOLDER'));
    if (chosen !== undefined) return chosen;
    return around.home === '/root' ? ['/usr/local/share/.cache/yarn'] : inHome(around, '.cache/yarn');
  }
  const settings = around.file('.yarnrc.yml');
  if (settings === 'pending' || settings === undefined) return 'off';
  const keepsNothing =
    /^nodeLinker:\s*["']?node-modules/m.test(settings) &&
    !/^(?:enableGlobalCache:\s*false|cacheFolder:|globalFolder:)/m.test(settings);
  return keepsNothing && /^\s+version:\s*["']?(?:[89]|\d\d)/m.test(lock) ? inHome(around, '.yarn/berry/cache') : 'off';
}

/** One row a manager. */
export const cacheManagers: readonly CacheManager[] = [
  {
    manager: 'npm',
    installs: /^(?:ci|i|install|add|install-clean|clean-install)$/,
    needed: false,
    folders: (around) =>
      given(around.variable('npm_config_cache') ?? around.variable('NPM_CONFIG_CACHE')) ?? inHome(around, '.npm'),
    without: [],
    empties: /^cache clean$/,
    elsewhere: ['--cache'],
  },
  {
    manager: 'yarn',
    installs: /^(?:|install|add|global add|workspaces)$/,
    needed: false,
    folders: yarnFolders,
    without: [],
    empties: /^cache clean$/,
    elsewhere: ['--cache-folder'],
  },
  {
    manager: 'pnpm',
    installs: /^(?:i|install|add|fetch|deploy)$/,
    uses: /^(?:i|install|add|fetch|deploy|rebuild|prune|dlx|update|up)$/,
    needed: true,
    folders: (around) => {
      const settings = around.file('.npmrc');
      if (settings !== undefined && settings !== 'pending' && /^\s*store-dir\s*=/m.test(settings)) return 'off';
      const home = around.variable('PNPM_HOME');
      if (home !== undefined) return below(home, 'store');
      return below(around.variable('XDG_DATA_HOME'), 'pnpm/store') ?? inHome(around, '.local/share/pnpm/store');
    },
    without: [],
    empties: /^store prune$/,
    elsewhere: ['--store-dir'],
  },
  {
    manager: 'pip',
    installs: /^(?:install|wheel|download)$/,
    needed: false,
    folders: (around) =>
      on.test(around.variable('PIP_NO_CACHE_DIR') ?? '')
        ? 'off'
        : (given(around.variable('PIP_CACHE_DIR')) ?? userCache(around, 'pip')),
    without: ['--no-cache-dir'],
    empties: /^cache purge$/,
    elsewhere: ['--cache-dir'],
  },
  {
    manager: 'uv',
    installs: /^(?:sync|add|pip install|pip sync|tool install)$/,
    needed: false,
    // Links into the cache would lead nowhere in the image.
    folders: (around) =>
      on.test(around.variable('UV_NO_CACHE') ?? '') || around.variable('UV_LINK_MODE') === 'symlink'
        ? 'off'
        : (given(around.variable('UV_CACHE_DIR')) ?? userCache(around, 'uv')),
    without: ['--no-cache', '-n'],
    empties: /^cache (?:clean|prune)$/,
    elsewhere: ['--cache-dir'],
  },
  {
    manager: 'poetry',
    installs: /^(?:install|sync|add)$/,
    needed: false,
    // Beside them lie the virtual environments.
    folders: (around) => {
      const [folder] = given(around.variable('POETRY_CACHE_DIR')) ?? userCache(around, 'pypoetry') ?? [];
      return below(folder, 'cache', 'artifacts');
    },
    without: ['--no-cache'],
    empties: /^cache clear$/,
    elsewhere: [],
  },
  {
    manager: 'go',
    installs: /^(?:build|install|get|test|mod download)$/,
    uses: /^(?!(?:version|env|fmt|help)$)/,
    needed: true,
    runs: /^go$/,
    folders: (around) => {
      const path = around.variable('GOPATH') ?? (around.baseImage === 'golang' ? '/go' : undefined);
      const modules = given(around.variable('GOMODCACHE')) ?? below(path, 'pkg/mod') ?? inHome(around, 'go/pkg/mod');
      const built = given(around.variable('GOCACHE')) ?? userCache(around, 'go-build');
      return modules === undefined || built === undefined ? undefined : [...modules, ...built];
    },
    without: [],
    empties: /^clean$/,
    elsewhere: [],
  },
  {
    manager: 'cargo',
    installs: /^(?:build|b|install|fetch|test|chef)$/,
    uses: /^(?!(?:version|help|new|init)$)/,
    needed: true,
    runs: /^cargo$/,
    folders: (around) => {
      const home = around.variable('CARGO_HOME') ?? (around.baseImage === 'rust' ? '/usr/local/cargo' : undefined);
      return below(home, 'registry', 'git/db') ?? inHome(around, '.cargo/registry', '.cargo/git/db');
    },
    without: [],
    elsewhere: [],
  },
  {
    manager: 'maven',
    installs: /./,
    needed: true,
    runs: /^mvnw?$/,
    folders: (around) => inHome(around, '.m2/repository'),
    without: [],
    elsewhere: ['-Dmaven.repo.local', '-s', '--settings', '-gs'],
  },
  {
    manager: 'gradle',
    installs: /./,
    needed: true,
    runs: /^gradlew?$/,
    locked: true,
    folders: (around) =>
      below(around.variable('GRADLE_USER_HOME'), 'caches', 'wrapper') ??
      inHome(around, '.gradle/caches', '.gradle/wrapper'),
    without: [],
    elsewhere: ['-g', '--gradle-user-home', '--project-cache-dir'],
  },
  {
    manager: 'composer',
    installs: /^(?:install|i|update|u|require|create-project)$/,
    needed: false,
    // Without either it depends on the folders of the image (Composer's Factory::getCacheDir).
    folders: (around) =>
      given(around.variable('COMPOSER_CACHE_DIR')) ??
      below(around.variable('COMPOSER_HOME') ?? (around.baseImage === 'composer' ? '/tmp' : undefined), 'cache'),
    without: ['--no-cache'],
    empties: /^(?:clear-cache|clearcache|cc)$/,
    elsewhere: [],
  },
  {
    manager: 'bundler',
    installs: /^install$/,
    needed: false,
    countedWithPackages: true,
    folders: (around) =>
      below(around.variable('GEM_HOME') ?? (around.baseImage === 'ruby' ? '/usr/local/bundle' : undefined), 'cache'),
    without: [],
    elsewhere: ['--path', '--no-cache'],
  },
  {
    manager: 'dotnet',
    installs: /^(?:restore|build|publish|test|pack)$/,
    uses: /^(?:restore|build|publish|test|pack|run|add|watch|msbuild|tool install)$/,
    needed: true,
    folders: (around) => given(around.variable('NUGET_PACKAGES')) ?? inHome(around, '.nuget/packages'),
    without: ['--no-cache'],
    empties: /^nuget locals$/,
    elsewhere: ['--packages'],
  },
  {
    manager: 'apk',
    installs: /^(?:add|upgrade)$/,
    uses: /^(?:add|upgrade|update)$/,
    needed: false,
    locked: true,
    // Where this folder is, apk keeps what it downloads in it (apk-cache(5)); the mount point goes again with the mount.
    folders: () => ['/etc/apk/cache'],
    without: ['--no-cache'],
    empties: /^cache$/,
    elsewhere: ['--cache-dir', '--root', '-p'],
  },
];

/** True when the call keeps its downloads in another place, or in none that could be mounted. */
export function isElsewhere({ elsewhere }: CacheManager, call: ManagerCall): boolean {
  return elsewhere.length > 0 && hasOption(call, ...elsewhere);
}
