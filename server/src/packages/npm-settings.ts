/** npm's settings for one command: from its options, the environment, and `.npmrc` of the project and the user. */
import { cleanPath } from '../build/paths';
import type { RunCommand } from '../shell/types';
import { type CommandLine, environmentSetting, homeOf, isOn, readCommandLine, readNpmrc } from './node-options';
import type { Omitted } from './node-tree';
import type { StageFiles } from './types';

export interface NpmSettings {
  readonly line: CommandLine;
  /** Absolute; undefined when not known. */
  readonly folder: string | undefined;
  readonly home: string;
  readonly cache: string;
  readonly omitted: Omitted;
  readonly scripts: boolean;
  readonly global: boolean;
  /** Folder of global packages: `/usr/local/lib/node_modules`. */
  readonly globalFolder: string;
  /** Neither reads nor writes a lock file. */
  readonly lockFile: boolean;
  /** `.npmrc` of the project is being read. */
  readonly pending: readonly string[];
}

const valued = new Set([
  'omit',
  'include',
  'only',
  'also',
  'prefix',
  'cache',
  'registry',
  'loglevel',
  'workspace',
  'userconfig',
  'globalconfig',
  'location',
  'tag',
  'install-strategy',
  'os',
  'cpu',
  'libc',
  'fetch-retries',
  'fetch-timeout',
  'maxsockets',
  'before',
  'package',
  'call',
]);

/** Reads them; never throws. Order of precedence as in https://docs.npmjs.com/cli/using-npm/config. */
export function npmSettings(command: RunCommand, files: StageFiles): NpmSettings {
  const line = readCommandLine(command, valued);
  const home = homeOf(command);
  const prefix = line.options.get('prefix');
  const global = isOn(line.options.get('global')) || line.options.get('location') === 'global';
  const base =
    typeof prefix === 'string' && !global && command.directory !== undefined
      ? cleanPath(prefix.startsWith('/') ? prefix : `${command.directory}/${prefix}`)
      : command.directory;
  const folder = base === undefined ? undefined : projectFolder(base, files);
  const pending: string[] = [];
  const read = (path: string): ReadonlyMap<string, string> => {
    const text = files.readText(path);
    if (text === 'pending') pending.push(path);
    return text === undefined || text === 'pending' ? new Map() : readNpmrc(text);
  };
  const project = folder === undefined ? new Map<string, string>() : read(cleanPath(`${folder}/.npmrc`));
  const user = read(`${home}/.npmrc`);
  const setting = (name: string): string | undefined => {
    const option = line.options.get(name);
    if (option !== undefined) return option === true ? 'true' : option;
    return environmentSetting(command, name) ?? project.get(name) ?? user.get(name);
  };
  const cache = setting('cache') ?? `${home}/.npm`;
  const globalPrefix = (global && typeof prefix === 'string' ? prefix : setting('prefix')) ?? '/usr/local';
  return {
    line,
    folder,
    home,
    cache: cleanPath(cache.startsWith('/') ? cache : `${folder ?? ''}/${cache}`),
    omitted: omittedOf(command, line, setting),
    scripts: !isOn(setting('ignore-scripts') ?? 'false'),
    global,
    globalFolder: cleanPath(`${globalPrefix}/lib/node_modules`),
    lockFile: setting('package-lock') !== 'false' && !line.options.has('no-package-lock'),
    pending,
  };
}

/** `@npmcli/config`, definitions of `omit`, `include`, `production`, `only`, `optional`. */
function omittedOf(command: RunCommand, line: CommandLine, setting: (name: string) => string | undefined): Omitted {
  const list = (name: string): readonly string[] => {
    const given = line.values(name);
    return given.length > 0 ? given : (setting(name)?.split(/[,\s]+/) ?? []);
  };
  const omit = list('omit');
  const include = list('include');
  const only = setting('only');
  const production =
    isOn(setting('production') ?? 'false') || only === 'prod' || only === 'production' || setting('dev') === 'false';
  const environment = command.environment.get('NODE_ENV') === 'production' && omit.length === 0;
  const notProduction = setting('production') === 'false' || line.options.has('no-production');
  const also = setting('also');
  const keepsDev = include.includes('dev') || also === 'dev' || also === 'development' || notProduction;
  return {
    dev: !keepsDev && (omit.includes('dev') || production || environment),
    optional: !include.includes('optional') && (omit.includes('optional') || line.options.has('no-optional')),
    peer: !include.includes('peer') && omit.includes('peer'),
  };
}

/** `@npmcli/config`, `setLocalPrefix`: the nearest folder with `package.json` or `node_modules`, else the working directory. */
function projectFolder(directory: string, files: StageFiles): string {
  for (let folder = cleanPath(directory); ; folder = cleanPath(`${folder}/..`)) {
    if (files.exists(cleanPath(`${folder}/package.json`)) === true) return folder;
    if (folder === '/') return cleanPath(directory);
  }
}
