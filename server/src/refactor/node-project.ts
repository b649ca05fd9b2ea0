/** What the build context tells of a Node project. */

import { parseRecord, stringsOf } from './json-value';
import type { RefactorContext } from './types';

export type PackageManager = 'npm' | 'pnpm' | 'yarn';

export interface NodeManifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** What `npm publish` would take, when the project says so. */
  readonly files: readonly string[];
  readonly main?: string;
  /** `yarn@4.1.0` and the like. */
  readonly packageManager?: string;
  /** Dependencies are installed from folders of the project: workspaces, `file:`, `link:`. */
  readonly local: boolean;
}

export interface NodeProject {
  /** Undefined while `package.json` is not known, or when it can't be understood. */
  readonly manifest?: NodeManifest;
  /** Files that decide what is installed, in the order they are named; empty when no lock file is known. */
  readonly lockFiles: readonly string[];
  /** Yarn 2 or later, whose installs are laid out otherwise. */
  readonly modernYarn: boolean;
  readonly has: (path: string) => boolean;
}

const lockFiles: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
};
/** Settings that the managers read beside the manifest. */
const settings: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: ['.npmrc'],
  pnpm: ['.npmrc', '.pnpmfile.cjs'],
  yarn: ['.npmrc', '.yarnrc'],
};

/** Reads the project in a folder of the context (`''` for its root). */
export function readProject(context: RefactorContext, folder: string, manager: PackageManager): NodeProject {
  const at = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const has = (name: string): boolean =>
    context.context.state === 'ready' && context.context.snapshot.entry(at(name)) !== undefined;
  const text = context.readContextFile(at('package.json'));
  const manifest = text === undefined || text === 'pending' ? undefined : parseManifest(text);
  const locks = lockFiles[manager].filter(has);
  const declared = /^yarn@(\d+)/.exec(manifest?.packageManager ?? '')?.[1];
  return {
    ...(manifest && { manifest: has('pnpm-workspace.yaml') ? { ...manifest, local: true } : manifest }),
    lockFiles: locks.length === 0 ? [] : [...settings[manager].filter(has), 'package.json', ...locks],
    modernYarn: manager === 'yarn' && (has('.yarnrc.yml') || Number(declared ?? 1) > 1),
    has,
  };
}

function parseManifest(text: string): NodeManifest | undefined {
  const value = parseRecord(text);
  if (value === undefined) return undefined;
  const dependencies = stringsOf(value.dependencies);
  const optional = stringsOf(value.optionalDependencies);
  const development = stringsOf(value.devDependencies);
  const sources = Object.values({ ...dependencies, ...optional, ...development });
  return {
    scripts: stringsOf(value.scripts),
    dependencies: Object.keys({ ...dependencies, ...optional }),
    devDependencies: Object.keys(development),
    files: Array.isArray(value.files) ? value.files.filter((entry): entry is string => typeof entry === 'string') : [],
    ...(typeof value.main === 'string' && { main: value.main }),
    ...(typeof value.packageManager === 'string' && { packageManager: value.packageManager }),
    local:
      value.workspaces !== undefined ||
      sources.some((source) => /^(?:file|link|workspace|portal|patch):|^\.{0,2}\//.test(source)),
  };
}

/** Scripts that run on their own when dependencies are installed, and may need the sources. */
export function installScripts(manifest: NodeManifest): string[] {
  return ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'].filter(
    (name) => manifest.scripts[name] !== undefined,
  );
}

/** Packages whose installed form loads libraries of the operating system that the slim image leaves out. */
export const needsSystemLibraries: ReadonlySet<string> = new Set(
  (
    '@prisma/client prisma canvas puppeteer playwright playwright-chromium pg-native node-rdkafka oracledb odbc zeromq libxmljs ' +
    'libxmljs2 gl node-canvas mapnik kerberos nodegit usb serialport ffi-napi java imagemagick-native gm'
  ).split(' '),
);

/** Commands and the packages that bring them, where the names differ. */
const programPackages: Readonly<Record<string, readonly string[]>> = {
  tsc: ['typescript'],
  ng: ['@angular/cli'],
  nest: ['@nestjs/cli'],
  'vue-cli-service': ['@vue/cli-service'],
  webpack: ['webpack', 'webpack-cli'],
  'babel-node': ['@babel/node'],
  babel: ['@babel/cli'],
  'ts-node-esm': ['ts-node'],
  remix: ['@remix-run/dev'],
  'remix-serve': ['@remix-run/serve'],
  medusa: ['@medusajs/cli'],
  sequelize: ['sequelize-cli'],
};

/** The text of a script of a manifest by its name, which anybody may have written. */
export function scriptOf(manifest: Pick<NodeManifest, 'scripts'> | undefined, name: string): string | undefined {
  return manifest !== undefined && Object.hasOwn(manifest.scripts, name) ? manifest.scripts[name] : undefined;
}

/** The development dependency that brings a program, when only that one does. */
export function developmentPackageOf(program: string, manifest: NodeManifest): string | undefined {
  const packages = Object.hasOwn(programPackages, program) ? (programPackages[program] ?? []) : [];
  const candidates = [program, ...packages];
  if (candidates.some((name) => manifest.dependencies.includes(name))) return undefined;
  return candidates.find((name) => manifest.devDependencies.includes(name));
}
