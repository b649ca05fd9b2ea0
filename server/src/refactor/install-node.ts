/** What npm, Yarn and pnpm read of a project when they install, and what of its own runs then. */
import { t } from '../localize';
import { at, type InstallNeeds, needs, type ProjectView, pending, refused } from './install-view';
import { dependenciesOf, type PackageManifest, readManifest } from './node-manifest';
import { leadingSettings } from './node-settings';
import { workspaceFolders } from './node-workspaces';
import { hasOption, type ManagerCall } from './run-managers';

const settings: Readonly<Record<string, readonly string[]>> = {
  npm: ['.npmrc', 'package.json', 'package-lock.json', 'npm-shrinkwrap.json'],
  yarn: [
    '.npmrc',
    '.yarnrc',
    '.yarnrc.yml',
    'package.json',
    'yarn.lock',
    '.yarn/releases',
    '.yarn/plugins',
    '.yarn/patches',
  ],
  pnpm: ['.npmrc', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.cjs'],
};
const locks: Readonly<Record<string, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  yarn: ['yarn.lock'],
  pnpm: ['pnpm-lock.yaml'],
};
/** Options whose value is the next word. */
const valued =
  /^--(?:omit|include|only|loglevel|registry|cache|network-timeout|network-concurrency|mutex|reporter|store-dir|fetch-\S+|maxsockets)$/;
/** The installation is that of another folder, or of a part. */
const elsewhere = /^(?:-C|-F|-w|--(?:prefix|cwd|dir|filter|workspace|modules-folder|virtual-store-dir))(?:=|$)/;
const frozen = [
  '--frozen-lockfile',
  '--immutable',
  '--pure-lockfile',
  '--no-package-lock',
  '--no-lockfile',
  '--frozen',
];

/** Undefined for calls that do not install what the project's manifest names. */
export function nodeNeeds(call: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  const { manager, verb, words } = call;
  const verbs = {
    npm: /^(?:ci|clean-install|install-clean|install|i|in)$/,
    yarn: /^(?:|install)$/,
    pnpm: /^(?:install|i)$/,
  };
  if (manager !== 'npm' && manager !== 'yarn' && manager !== 'pnpm') return undefined;
  if (!verbs[manager].test(verb) || hasOption(call, '-g', '--global', '-v', '--version', '--help')) return undefined;
  const operands = words.filter(
    (word, index) => !word.startsWith('-') && word !== verb && !valued.test(words[index - 1] ?? ''),
  );
  if (operands.length > 0) return undefined;
  if (words.some((word) => elsewhere.test(word)))
    return refused(t('"{0}" installs in another folder', commandOf(call)));
  return projectNeeds(call, manager, view);
}

function commandOf({ manager, verb }: ManagerCall): string {
  return verb === '' ? manager : `${manager} ${verb}`;
}

function projectNeeds(call: ManagerCall, manager: 'npm' | 'yarn' | 'pnpm', view: ProjectView): InstallNeeds {
  const root = manifestAt(view, view.folder);
  if (root === 'pending') return pending;
  if (root === undefined) return refused(t('{0} is not known', 'package.json'));
  const folders = workspaceFolders(view, root, manager);
  if (folders === 'pending') return pending;
  if (folders === undefined) return refused(t('the workspaces of {0} are not known', 'package.json'));
  const reads = (settings[manager] ?? []).map((name) => at(view, name));
  const writes = [at(view, 'node_modules')];
  const ignored = hasOption(call, '--ignore-scripts');
  const modern =
    manager === 'yarn' && (view.has(at(view, '.yarnrc.yml')) || /^yarn@[2-9]/.test(root.packageManager ?? ''));
  if (modern)
    writes.push(
      ...['.pnp.cjs', '.yarn/cache', '.yarn/unplugged', '.yarn/install-state.gz'].map((name) => at(view, name)),
    );
  const leading = leadingSettings(view, manager);
  if (leading === 'pending') return pending;
  if (leading !== undefined) return refused(t('{0} names folders of its own', leading));
  if (root.overrides.some((source) => /^(?:file|link|portal):|^\.{0,2}\/|^patch:(?!.*\.yarn\/patches\/)/.test(source)))
    return refused(t('{0} names a folder of the project', 'package.json'));
  for (const folder of [view.folder, ...folders]) {
    const manifest = folder === view.folder ? root : manifestAt(view, folder);
    if (manifest === 'pending') return pending;
    const name = folder === view.folder ? 'package.json' : `${folder.slice(view.folder.length + 1)}/package.json`;
    if (manifest === undefined) return refused(t('{0} is not known', name));
    if (folder !== view.folder && manifest.hasPrograms)
      return refused(t('{0} has programs of its own (bin), which the installation makes executable', name));
    const more = localReads(manifest, folder, view, manager);
    if (more === 'pending') return pending;
    if (typeof more === 'string') return refused(more);
    reads.push(...more, `${folder}/package.json`, ...patchFiles(manifest, view));
    writes.push(`${folder}/node_modules`);
    const obstacle = ignored ? undefined : scriptObstacle(manifest, name, folder, view);
    if (obstacle !== undefined) return refused(obstacle);
    if (runsPatchPackage(manifest)) reads.push(`${folder}/patches`);
    if (dependenciesOf(manifest).some(([each]) => each === 'puppeteer'))
      reads.push(
        ...view
          .names(folder)
          .filter((each) => /^\.?puppeteer(?:rc|\.config)/.test(each))
          .map((each) => `${folder}/${each}`),
      );
  }
  const cautions = [...scriptCaution(view, manager, ignored), ...lockCaution(call, manager, view)];
  return needs(view, reads, writes, cautions);
}

function manifestAt(view: ProjectView, folder: string): PackageManifest | undefined | 'pending' {
  const text = view.text(`${folder}/package.json`);
  return text === 'pending' ? 'pending' : text === undefined ? undefined : readManifest(text);
}

/** Dependencies that lie in the project: files and folders to be read whole. A sentence where they can't be told. */
function localReads(
  manifest: PackageManifest,
  folder: string,
  view: ProjectView,
  manager: string,
): readonly string[] | string | 'pending' {
  const found: string[] = [];
  for (const [name, source] of dependenciesOf(manifest)) {
    if (/^patch:/.test(source) && !/\.yarn\/patches\//.test(source)) return t('the patch of {0} lies elsewhere', name);
    const local = /^(?:file|link|portal):(.*)$/.exec(source)?.[1] ?? (/^\.{0,2}\//.test(source) ? source : undefined);
    if (local === undefined) continue;
    if (/^\/|^~|\.\./.test(local)) return t('{0} is installed from outside of the project', name);
    const path = `${folder}/${local.replace(/^\.\//, '').replace(/\/$/, '')}`;
    if (!view.has(path)) return t('{0} is installed from a folder that is not copied', name);
    if (/\.(?:tgz|tar\.gz)$/.test(path)) {
      found.push(path);
      continue;
    }
    const own = manifestAt(view, path);
    if (own === 'pending') return 'pending';
    const scripts = own === undefined ? [] : installScripts.filter((each) => own.scripts[each] !== undefined);
    if (
      own === undefined ||
      own.hasPrograms ||
      scripts.length > 0 ||
      dependenciesOf(own).length > 0 ||
      manager === 'yarn'
    )
      return t('{0} is installed from a folder of the project', name);
    found.push(path);
  }
  return found;
}

function patchFiles({ patches }: PackageManifest, view: ProjectView): readonly string[] {
  return patches.map((path) => at(view, path.replace(/^\.\//, '')));
}

/** Scripts of a project that run on their own when its dependencies are installed (npm: scripts, "life cycle scripts"). */
const installScripts = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
/** Scripts that are known not to look at the source. */
const harmless =
  /^(?:(?:npx (?:-y |--yes )?)?only-allow \w+|husky(?: install)?(?: \|\| (?:true|:|exit 0))?|patch-package|is-ci \|\| husky(?: install)?|exit 0|true|echo [\w '".!-]*)$/;

function scriptObstacle(
  manifest: PackageManifest,
  name: string,
  folder: string,
  view: ProjectView,
): string | undefined {
  const found = installScripts.find((each) => {
    const script = manifest.scripts[each]?.trim();
    return script !== undefined && (!harmless.test(script) || (/husky/.test(script) && view.has(`${folder}/.git`)));
  });
  if (found !== undefined)
    return t('{0} runs the script {1} when it is installed, which may need the source', name, found);
  if (view.has(`${folder}/binding.gyp`)) return t('{0} is compiled when dependencies are installed', 'binding.gyp');
  const reader = dependenciesOf(manifest).find(
    ([each]) => Object.hasOwn(readers, each) && readers[each]?.some((path) => view.has(`${folder}/${path}`)),
  );
  return reader === undefined ? undefined : t('{0} reads the project when it is installed', reader[0]);
}

/** Packages whose install scripts read the project, and what of it. */
const readers: Readonly<Record<string, readonly string[]>> = {
  '@prisma/client': ['prisma', 'schema.prisma', 'prisma.config.ts'],
  prisma: ['prisma', 'schema.prisma', 'prisma.config.ts'],
  nx: ['nx.json'],
  msw: ['public', 'static'],
  lefthook: ['.git'],
  'simple-git-hooks': ['.git'],
  'pre-commit': ['.git'],
  yorkie: ['.git'],
  '@ckeditor/ckeditor5-dev-utils': ['packages'],
};

function runsPatchPackage({ scripts }: PackageManifest): boolean {
  return installScripts.some((name) => scripts[name]?.trim() === 'patch-package');
}

/** Packages with install scripts that only fetch or compile what is their own. */
const ownScripts = new Set(
  (
    'esbuild fsevents core-js core-js-pure core-js-bundle es5-ext sharp bcrypt @swc/core unrs-resolver @parcel/watcher node-sass canvas ' +
    'better-sqlite3 sqlite3 argon2 bufferutil utf-8-validate cpu-features ssh2 protobufjs puppeteer playwright electron cypress ' +
    '@biomejs/biome @nestjs/core vue-demi msgpackr-extract lmdb leveldown deasync grpc @tailwindcss/oxide @sentry/cli dtrace-provider'
  ).split(' '),
);

function scriptCaution(view: ProjectView, manager: string, ignored: boolean): readonly string[] {
  if (ignored) return [];
  const names = manager === 'npm' ? scriptedPackages(view) : undefined;
  const doubtful = names?.filter((name) => !ownScripts.has(name));
  if (doubtful?.length === 0) return [];
  return [
    doubtful === undefined
      ? t('Install scripts of dependencies run before the source is there; nearly none looks at it.')
      : t('Install scripts of {0} run before the source is there.', doubtful.slice(0, 5).join(', ')),
  ];
}

/** Packages with install scripts as the lock file has them; undefined where it does not tell (before version 2, or none). */
function scriptedPackages(view: ProjectView): readonly string[] | undefined {
  const lock = (locks.npm ?? []).map((name) => at(view, name)).find(view.has);
  const text = lock === undefined ? undefined : view.text(lock);
  if (text === undefined || text === 'pending') return undefined;
  if (scriptsOfLocks.has(text)) return scriptsOfLocks.get(text);
  const [oldest] = scriptsOfLocks.keys();
  if (oldest !== undefined && scriptsOfLocks.size >= keptLocks) scriptsOfLocks.delete(oldest);
  const names = scriptedIn(text);
  scriptsOfLocks.set(text, names);
  return names;
}

/** Lock files are large, and the same at each keystroke. */
const scriptsOfLocks = new Map<string, readonly string[] | undefined>();
const keptLocks = 4;

function scriptedIn(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const packages = typeof value === 'object' && value !== null && 'packages' in value ? value.packages : undefined;
    if (typeof packages !== 'object' || packages === null) return undefined;
    return Object.entries(packages).flatMap(([path, entry]: [string, unknown]) =>
      path.includes('node_modules/') && typeof entry === 'object' && entry !== null && 'hasInstallScript' in entry
        ? [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)]
        : [],
    );
  } catch {
    return undefined;
  }
}

function lockCaution(call: ManagerCall, manager: string, view: ProjectView): readonly string[] {
  const lock = (locks[manager] ?? []).find((name) => view.has(at(view, name)));
  if (lock === undefined || hasOption(call, ...frozen) || /^(?:ci|clean-install|install-clean)$/.test(call.verb))
    return [];
  return [
    t(
      '"{0}" may write {1}; the image then holds the one of the build context instead of the one written.',
      commandOf(call),
      lock,
    ),
  ];
}
