/** pip, and what makes virtual environments for it: `pip`, `python -m pip`, `python -m venv`, `virtualenv`, `pipx`, `setup.py install`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { exactBytes } from './byte-range';
import { absolutePath, type CommandOptions, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { type PipRequest, pipCache, pipSubcommand, readPipRequest } from './pip-command';
import { bootstrapWords, pipTask } from './pip-task';
import { type PythonClosure, resolveRequirements } from './python-closure';
import { downloadCache, installPackages, type PythonInstall } from './python-install';
import { type PythonPlace, pythonMinor, pythonPlace, userCache } from './python-place';
import { installedProject } from './python-project';
import { type PythonRequirement, pinnedVersion, requirementOf } from './python-requirement';
import { writeUnread } from './python-unread';
import { makeEnvironment } from './python-venv';
import { archiveBytes, readLocalArchive, withLocalArchives } from './python-wheels';
import type { PackageEffect, PackageProvider, ProviderSurroundings, ReleaseSize, SizeRange, StageFiles } from './types';

/** Names to versions, where known. */
type InstalledVersions = ReadonlyMap<string, string | undefined>;

/** What later commands of pip in the stage need to know. */
class PipMemory {
  /** Folder of installed packages to the names in it. */
  readonly installed: ReadonlyMap<string, InstalledVersions>;
  /** Virtual environments made so far. */
  readonly environments: ReadonlySet<string>;

  constructor(installed: ReadonlyMap<string, InstalledVersions>, environments: ReadonlySet<string>) {
    this.installed = installed;
    this.environments = environments;
  }

  withPackages(site: string, packages: PythonClosure['packages']): PipMemory {
    const versions = new Map([
      ...(this.installed.get(site) ?? []),
      ...packages.map(({ name, version }): [string, string | undefined] => [name, version]),
    ]);
    return new PipMemory(new Map([...this.installed, [site, versions]]), this.environments);
  }

  withEnvironment(prefix: string): PipMemory {
    return new PipMemory(this.installed, new Set([...this.environments, prefix]));
  }
}

const nothingYet = new PipMemory(new Map(), new Set());

export const pip: PackageProvider = {
  manager: 'pip',
  handles: (command) => pipTask(command) !== undefined,
  effect(command, surroundings): PackageEffect {
    const memory = surroundings.memory instanceof PipMemory ? surroundings.memory : nothingYet;
    const task = pipTask(command);
    if (task === undefined) return { ...noEffect, memory };
    switch (task.kind) {
      case 'pip':
        return pipEffect(command, task.words, surroundings, memory);
      case 'venv':
        return venvEffect(command, task, surroundings, memory);
      case 'setup': {
        const words: RunWord[] = [{ text: '.', value: '.' }];
        const editable: RunWord[] = [{ text: '-e', value: '-e' }];
        return installEffect(command, task.verb === 'develop' ? [...editable, ...words] : words, surroundings, memory);
      }
      case 'bootstrap':
        return installEffect(command, bootstrapWords(command, task.words, surroundings), surroundings, memory);
      case 'pipx':
        return pipxEffect(command, task.words, surroundings, memory);
      default: {
        const none: never = task;
        return none;
      }
    }
  },
};

function pipEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const { name, rest } = pipSubcommand(words);
  switch (name) {
    case 'install':
      return installEffect(command, rest, surroundings, memory);
    case 'download':
    case 'wheel':
      return downloadEffect(command, name, rest, surroundings, memory);
    case 'uninstall':
      return uninstallEffect(command, rest, surroundings, memory);
    case 'cache': {
      const folder = pipCache(command, readOptions(rest, new Set()), userCache(command, 'pip'));
      const removes = ['purge', 'remove'].includes(rest[0]?.value ?? '') && folder !== undefined ? [`${folder}/*`] : [];
      return { ...noEffect, removes, memory };
    }
    default:
      return { ...noEffect, memory };
  }
}

function placeOf(
  command: RunCommand,
  request: PipRequest,
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PythonPlace {
  const { options } = request;
  const folder = (...names: readonly string[]): string | undefined => {
    const value = optionValue(options, ...names);
    return value === undefined ? undefined : absolutePath(command, value);
  };
  const user = command.environment.get('PIP_USER');
  const [target, prefix, root] = [folder('-t', '--target'), folder('--prefix'), folder('--root')];
  return pythonPlace(command, surroundings.system, {
    user: has(options, '--user') || (user !== undefined && /^(1|true|yes|on)$/i.test(user)),
    environments: memory.environments,
    ...(target !== undefined && { target }),
    ...(prefix !== undefined && { prefix }),
    ...(root !== undefined && { root }),
  });
}

/** Packages that need not be installed: what earlier commands and the base image put there. */
function presentIn(place: PythonPlace, surroundings: ProviderSurroundings, memory: PipMemory): InstalledVersions {
  const base = surroundings.installed('pip');
  const usual = place.minor !== undefined && place.minor < 12 ? ['pip', 'setuptools', 'wheel'] : ['pip'];
  return new Map([
    ...(base ?? usual.map((name): [string, undefined] => [name, undefined])),
    ...(memory.installed.get(place.site) ?? []),
  ]);
}

/** Names that are there and are put in again: with another version, or because the command says so. */
function replaced(
  wanted: readonly PythonRequirement[],
  present: InstalledVersions,
  options: CommandOptions,
): ReadonlySet<string> {
  const anyway = has(options, '-U', '--upgrade', '--force-reinstall', '-I', '--ignore-installed');
  const isReplaced = ({ name, specifier }: PythonRequirement): boolean => {
    if (!present.has(name)) return false;
    const pinned = pinnedVersion(specifier);
    return anyway || (pinned !== undefined && present.get(name) !== pinned);
  };
  return new Set(wanted.filter(isReplaced).map(({ name }) => name));
}

function installEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const { system, files } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const request = readPipRequest(command, words, files);
  const { options } = request;
  if (has(options, '--dry-run', '--help', '-h')) return { ...noEffect, memory };
  const place = placeOf(command, request, surroundings, memory);
  const noIndex = has(options, '--no-index') || command.environment.get('PIP_NO_INDEX') !== undefined;
  const folders = [...new Set([...request.links, ...request.archives.map(folderOf)])];
  const indexes = withLocalArchives(surroundings.indexes, files, folders, noIndex);
  const archives = request.archives
    .map((path) => readLocalArchive(files, path))
    .filter((release) => release !== undefined)
    .map((release): PythonRequirement => ({ name: release.name, extras: [], specifier: `==${release.version ?? ''}` }));
  const wanted = [...request.requirements, ...archives];
  const present = presentIn(place, surroundings, memory);
  const again = replaced(wanted, present, options);
  for (const name of again) parts.removePackage({ manager: 'pip', name });
  const closure = resolveRequirements(
    wanted,
    indexes,
    { minor: place.minor, architecture: system.architecture },
    request.constraints,
    new Set([...present.keys()].filter((name) => !again.has(name))),
  );
  const own = has(options, '--no-deps')
    ? { ...closure, packages: closure.packages.filter(({ name }) => wanted.some((each) => each.name === name)) }
    : closure;
  const install: PythonInstall = {
    manager: 'pip',
    place,
    closure: chosenIndex(own, optionValue(options, '-i', '--index-url') ?? command.environment.get('PIP_INDEX_URL')),
    compiles: !has(options, '--no-compile') && command.environment.get('PIP_NO_COMPILE') === undefined,
    architecture: system.architecture,
    locked: false,
  };
  installPackages(parts, install);
  writeProjects(parts, request, place, files);
  const cache = pipCache(command, options, userCache(command, 'pip'));
  const downloaded = noIndex
    ? []
    : install.closure.packages.filter(({ name }) => !archives.some((each) => each.name === name));
  if (cache !== undefined && downloaded.length > 0)
    parts.tree(cache, downloadCache(downloaded), t('cache of {0}', 'pip'));
  writeUnread(parts, place.site, request.unread, cache);
  for (const sentence of request.unknown) parts.unknown(sentence);
  return parts.effect(memory.withPackages(place.site, install.closure.packages));
}

function writeProjects(parts: EffectParts, request: PipRequest, place: PythonPlace, files: StageFiles): void {
  for (const { folder, editable } of request.projects) {
    const size: SizeRange = editable
      ? { bytes: 2_500, low: 300, high: 12_000, basis: 'estimated' }
      : installedProject(files.sizeOf(folder));
    const name = folder.slice(folder.lastIndexOf('/') + 1) || 'project';
    parts.tree(`${place.site}/${name}`, size, t('Project in {0}', folder));
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** torch 2.13.0+cpu for CPython 3.11 on Linux x86-64, its files counted. Bytes. */
const torchWithoutCuda: ReleaseSize = {
  archive: 191_794_682,
  unpacked: exactBytes(699_298_109),
  bytecode: { bytes: 57e6, low: 50e6, high: 64e6, basis: 'estimated' },
  pure: false,
};

/** PyTorch's own index of builds without CUDA: its libraries are left out, and torch is another wheel than PyPI's. */
function chosenIndex(closure: PythonClosure, index: string | undefined): PythonClosure {
  if (index === undefined || !/pytorch\.org\/whl\/(?:nightly\/)?cpu/.test(index)) return closure;
  const packages = closure.packages
    .filter(({ name }) => !/^(nvidia-|triton$|cuda-)/.test(name))
    .map((each) => (each.name === 'torch' ? { ...each, release: torchWithoutCuda, otherVersion: true } : each));
  return { ...closure, packages };
}

function downloadEffect(
  command: RunCommand,
  verb: 'download' | 'wheel',
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const { files, system } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const request = readPipRequest(command, words, files);
  const closure = resolveRequirements(
    request.requirements,
    withLocalArchives(surroundings.indexes, files, request.links, has(request.options, '--no-index')),
    { minor: pythonMinor(command, system), architecture: system.architecture },
    request.constraints,
    new Set(),
  );
  const named = new Set(request.requirements.map(({ name }) => name));
  const kept = has(request.options, '--no-deps')
    ? closure.packages.filter(({ name }) => named.has(name))
    : closure.packages;
  const target = optionValue(request.options, ...(verb === 'wheel' ? ['-w', '--wheel-dir'] : ['-d', '--dest'])) ?? '.';
  const folder = absolutePath(command, target);
  if (folder === undefined) parts.unknown(t('The folder of {0} is not known', target));
  for (const { name, version, release } of folder === undefined ? [] : kept) {
    const path = cleanPath(`${folder ?? ''}/${name}-${version ?? '0'}.whl`);
    parts.write({
      path,
      kind: 'file',
      size: archiveBytes(release),
      files: 1,
      package: { manager: 'pip', name, ...(version !== undefined && { version }) },
    });
  }
  for (const need of closure.needs) parts.need(need);
  for (const source of closure.sources) parts.because(source);
  const cache = pipCache(command, request.options, userCache(command, 'pip'));
  if (cache !== undefined && kept.length > 0) parts.tree(cache, downloadCache(kept), t('cache of {0}', 'pip'));
  if (folder !== undefined) writeUnread(parts, folder, request.unread, cache);
  for (const sentence of request.unknown) parts.unknown(sentence);
  return parts.effect(memory);
}

function uninstallEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const place = pythonPlace(command, surroundings.system, { environments: memory.environments });
  const names = readOptions(words, new Set(['-r', '--requirement']))
    .positional.map((word) => (word.value === undefined ? undefined : requirementOf(word.value, false)))
    .flatMap((line) => (line?.kind === 'requirement' ? [line.requirement.name] : []));
  return {
    ...noEffect,
    removes: names.map((name) => `${place.site}/${name}`),
    removedPackages: names.map((name) => ({ manager: 'pip', name })),
    memory,
  };
}

function venvEffect(
  command: RunCommand,
  task: { readonly words: readonly RunWord[]; readonly tool: 'venv' | 'virtualenv' },
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const parts = new EffectParts(surroundings.mounted);
  const options = readOptions(
    task.words,
    new Set(['--prompt', '-p', '--python', '--setuptools', '--pip', '--wheel', '--app-data']),
  );
  const written = options.positional[0];
  const prefix = written?.value === undefined ? undefined : absolutePath(command, written.value);
  if (prefix === undefined) {
    parts.unknown(t('The folder of {0} is not known', written?.text ?? 'venv'));
    return parts.effect(memory);
  }
  makeEnvironment(parts, {
    prefix,
    tool: task.tool,
    minor: pythonMinor(command, surroundings.system),
    withoutPip: has(options, '--without-pip', '--no-pip', '--no-seed'),
    dataFolder: dataFolder(command),
  });
  return parts.effect(memory.withEnvironment(prefix));
}

function dataFolder(command: RunCommand): string {
  const chosen = command.environment.get('XDG_DATA_HOME');
  return chosen?.startsWith('/') ? cleanPath(chosen) : `${homeFolder(command)}/.local/share`;
}

function pipxEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PipMemory,
): PackageEffect {
  const { system } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const home = command.environment.get('PIPX_HOME') ?? `${homeFolder(command)}/.local/share/pipx`;
  const request = readPipRequest(command, words, surroundings.files);
  const minor = pythonMinor(command, system);
  for (const requirement of request.requirements) {
    const prefix = cleanPath(`${home}/venvs/${requirement.name}`);
    makeEnvironment(parts, { prefix, tool: 'virtualenv', minor, withoutPip: true, dataFolder: dataFolder(command) });
    const place = pythonPlace(command, system, { prefix, environments: memory.environments });
    const closure = resolveRequirements(
      [requirement],
      surroundings.indexes,
      { minor, architecture: system.architecture },
      new Map(),
      new Set(),
    );
    installPackages(parts, {
      manager: 'pip',
      place,
      closure,
      compiles: true,
      architecture: system.architecture,
      locked: false,
    });
    const cache = pipCache(command, request.options, userCache(command, 'pip'));
    if (cache !== undefined) parts.tree(cache, downloadCache(closure.packages), t('cache of {0}', 'pip'));
  }
  writeUnread(parts, cleanPath(`${home}/venvs`), request.unread, undefined);
  for (const sentence of request.unknown) parts.unknown(sentence);
  return parts.effect(memory);
}
