/** uv: `uv sync`, `uv pip install`, `uv venv`, `uv tool install`, `uv python install`, `uv cache clean`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import {
  absolutePath,
  type CommandOptions,
  has,
  homeFolder,
  optionValue,
  optionValues,
  readOptions,
} from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { readPipRequest } from './pip-command';
import { lockedClosure, type PythonClosure, resolveRequirements } from './python-closure';
import { downloadCache, installPackages } from './python-install';
import { type PythonPlace, pythonMinor, pythonPlace, userCache, virtualEnvironment } from './python-place';
import { installedProject } from './python-project';
import { writeUnread } from './python-unread';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';
import { readUvLock } from './uv-lock';

class UvMemory {
  /** Folder of installed packages to the names in it. */
  readonly installed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly environments: ReadonlySet<string>;

  constructor(installed: ReadonlyMap<string, ReadonlySet<string>>, environments: ReadonlySet<string>) {
    this.installed = installed;
    this.environments = environments;
  }

  with(site: string, closure: PythonClosure): UvMemory {
    const names = new Set([...(this.installed.get(site) ?? []), ...closure.packages.map(({ name }) => name)]);
    return new UvMemory(new Map([...this.installed, [site, names]]), this.environments);
  }
}

const withValue: ReadonlySet<string> = new Set(
  `-p --python --extra --group --no-group --only-group --package --no-install-package --directory --project --index --index-url
  --default-index --extra-index-url -f --find-links --cache-dir --link-mode --config-file --target --prefix -r --requirement -c --constraint
  -e --editable --with --python-platform --resolution --prerelease --index-strategy --no-binary --only-binary --no-build-package`.split(
    /\s+/,
  ),
);

/** Bytes of a CPython that uv downloads (python-build-standalone, `install_only_stripped`): 3.9 to 3.13 on Linux x86-64. */
const standalonePython: SizeRange = { bytes: 88e6, low: 65e6, high: 120e6, basis: 'estimated' };

export const uv: PackageProvider = {
  manager: 'uv',
  handles: (command) => command.name === 'uv' || command.name === 'uvx',
  effect(command, surroundings): PackageEffect {
    const memory = surroundings.memory instanceof UvMemory ? surroundings.memory : new UvMemory(new Map(), new Set());
    const words = command.words.filter((word, index) => index > 0 || !/^-/.test(word.value ?? ''));
    const [first, second] = [words[0]?.value, words[1]?.value];
    switch (first) {
      case 'sync':
        return syncEffect(command, words.slice(1), surroundings, memory);
      case 'pip':
        return second === 'install' || second === 'sync'
          ? pipEffect(command, words.slice(2), second, surroundings, memory)
          : { ...noEffect, memory };
      case 'venv':
        return venvEffect(command, words.slice(1), surroundings, memory);
      case 'tool':
        return second === 'install'
          ? toolEffect(command, words.slice(2), surroundings, memory)
          : { ...noEffect, memory };
      case 'python':
        return second === 'install'
          ? pythonEffect(command, words.slice(2), surroundings, memory)
          : { ...noEffect, memory };
      case 'cache':
        return {
          ...noEffect,
          removes:
            second === 'clean' ? [`${cacheOf(command, readOptions(words, withValue)) ?? '/root/.cache/uv'}/*`] : [],
          memory,
        };
      case 'add':
      case 'run':
      case 'lock':
      case 'build':
      case 'export': {
        const parts = new EffectParts(surroundings.mounted);
        if (first !== 'export') parts.unknown(t('What {0} leaves is not known before the build', `uv ${first}`));
        return parts.effect(memory);
      }
      default:
        return { ...noEffect, memory };
    }
  },
};

/** Folder of uv's cache; undefined when it keeps none. */
function cacheOf(command: RunCommand, options: CommandOptions): string | undefined {
  const disabled = command.environment.get('UV_NO_CACHE');
  if (has(options, '--no-cache', '-n') || (disabled !== undefined && /^(1|true)$/i.test(disabled))) return undefined;
  const chosen = optionValue(options, '--cache-dir') ?? command.environment.get('UV_CACHE_DIR');
  return chosen?.startsWith('/') ? cleanPath(chosen) : userCache(command, 'uv');
}

function compiles(command: RunCommand, options: CommandOptions): boolean {
  return (
    has(options, '--compile-bytecode', '--compile') ||
    /^(1|true)$/i.test(command.environment.get('UV_COMPILE_BYTECODE') ?? '')
  );
}

/**
 * uv keeps unpacked wheels in its cache and links them into the environment: the same bytes once where a hard link can be made. A cache in
 * another file system (a cache mount), or `--link-mode=copy`, makes copies. Its index pages and metadata come on top.
 */
function writeCache(
  parts: EffectParts,
  command: RunCommand,
  options: CommandOptions,
  closure: PythonClosure,
  installed: SizeRange,
): void {
  const cache = cacheOf(command, options);
  if (cache === undefined || parts.isMounted(cache) || closure.packages.length === 0) return;
  const copies = (optionValue(options, '--link-mode') ?? command.environment.get('UV_LINK_MODE')) === 'copy';
  const count = closure.packages.length;
  const pages: SizeRange = { bytes: 20e3 * count, low: 4e3 * count, high: 80e3 * count, basis: 'estimated' };
  const total = copies
    ? {
        bytes: installed.bytes === null ? null : installed.bytes + (pages.bytes ?? 0),
        low: installed.low + pages.low,
        high: installed.high === null ? null : installed.high + (pages.high ?? 0),
        basis: 'estimated' as const,
      }
    : pages;
  parts.tree(cache, total, t('cache of {0}', 'uv'));
}

function sumOf(closure: PythonClosure): SizeRange {
  const cache = downloadCache(closure.packages);
  return {
    ...cache,
    bytes: cache.bytes === null ? null : cache.bytes * 3,
    low: cache.low * 2,
    high: cache.high === null ? null : cache.high * 5,
  };
}

function syncEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: UvMemory,
): PackageEffect {
  const { system, files } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const options = readOptions(words, withValue);
  const folder = absolutePath(command, optionValue(options, '--directory', '--project') ?? '.');
  const chosen = command.environment.get('UV_PROJECT_ENVIRONMENT') ?? '.venv';
  if (folder === undefined) {
    parts.unknown(t('The folder of {0} is not known', 'uv.lock'));
    return parts.effect(memory);
  }
  const prefix = has(options, '--active')
    ? (virtualEnvironment(command, memory.environments) ?? cleanPath(`${folder}/.venv`))
    : chosen.startsWith('/')
      ? cleanPath(chosen)
      : cleanPath(`${folder}/${chosen}`);
  const place = pythonPlace(command, system, { prefix, environments: memory.environments });
  const lock = files.readText(cleanPath(`${folder}/uv.lock`));
  if (lock === undefined || lock === 'pending') {
    if (lock === 'pending') parts.unknown(t('{0} is being read', 'uv.lock'));
    else {
      const why = t('{0} cannot be read before the build', `${folder}/uv.lock`);
      writeUnread(parts, place.site, { files: [why], names: [], projects: [] }, undefined);
    }
    return parts.effect(memory);
  }
  const noDevelopment = has(options, '--no-dev') || /^(1|true)$/i.test(command.environment.get('UV_NO_DEV') ?? '');
  const only = optionValues(options, '--only-group').filter((group) => group !== undefined);
  const named = optionValues(options, '--group').filter((group) => group !== undefined);
  const reading = readUvLock(lock, {
    environment: { minor: place.minor, architecture: system.architecture },
    groups: has(options, '--all-groups')
      ? 'all'
      : has(options, '--only-dev')
        ? ['dev']
        : only.length > 0
          ? only
          : [...named, ...(noDevelopment || has(options, '--no-default-groups') ? [] : ['dev'])],
    withoutGroups: optionValues(options, '--no-group').filter((group) => group !== undefined),
    extras: has(options, '--all-extras')
      ? 'all'
      : optionValues(options, '--extra').filter((extra) => extra !== undefined),
    onlyGroups: only.length > 0 || has(options, '--only-dev'),
  });
  if (reading.kind === 'unreadable') {
    parts.unknown(reading.reason);
    return parts.effect(memory);
  }
  const closure = lockedClosure(reading.packages, memory.installed.get(place.site) ?? new Set(), surroundings.indexes);
  parts.because(t('{0} packages of {1}', reading.packages.length, `${folder}/uv.lock`));
  installPackages(parts, {
    manager: 'uv',
    place,
    closure,
    compiles: compiles(command, options),
    architecture: system.architecture,
    locked: true,
  });
  if (!memory.environments.has(prefix)) environmentParts(parts, prefix);
  const project = files.sizeOf(folder);
  if (!has(options, '--no-install-project', '--no-install-workspace')) {
    const editable = !has(options, '--no-editable');
    parts.tree(
      `${place.site}/_project`,
      editable ? { bytes: 2_500, low: 0, high: 12_000, basis: 'estimated' } : installedProject(project),
      t('Project in {0}', folder),
    );
  }
  writeCache(parts, command, options, closure, sumOf(closure));
  return parts.effect(
    new UvMemory(memory.with(place.site, closure).installed, new Set([...memory.environments, prefix])),
  );
}

/** uv's environments hold no pip: scripts of activation and the configuration. */
function environmentParts(parts: EffectParts, prefix: string): void {
  parts.tree(
    `${prefix}/bin`,
    { bytes: 22_000, low: 15_000, high: 32_000, basis: 'estimated' },
    t('activation scripts'),
  );
}

function pipEffect(
  command: RunCommand,
  words: readonly RunWord[],
  verb: 'install' | 'sync',
  surroundings: ProviderSurroundings,
  memory: UvMemory,
): PackageEffect {
  const { system, files } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const asFiles: RunWord[] = words.flatMap((word) =>
    verb === 'sync' && !(word.value ?? '-').startsWith('-') ? [{ text: '-r', value: '-r' }, word] : [word],
  );
  const request = readPipRequest(command, asFiles, files);
  const { options } = request;
  const target = optionValue(options, '--target', '-t');
  const prefix = optionValue(options, '--prefix');
  const targetFolder = target === undefined ? undefined : absolutePath(command, target);
  const prefixFolder = prefix === undefined ? undefined : absolutePath(command, prefix);
  const place: PythonPlace = pythonPlace(command, system, {
    environments: memory.environments,
    ...(targetFolder !== undefined && { target: targetFolder }),
    ...(prefixFolder !== undefined && { prefix: prefixFolder }),
  });
  const closure = resolveRequirements(
    request.requirements,
    surroundings.indexes,
    { minor: place.minor, architecture: system.architecture },
    request.constraints,
    memory.installed.get(place.site) ?? new Set(),
  );
  installPackages(parts, {
    manager: 'uv',
    place,
    closure,
    compiles: compiles(command, options),
    architecture: system.architecture,
    locked: false,
  });
  for (const { folder, editable } of request.projects) {
    parts.tree(
      `${place.site}/_project`,
      editable ? { bytes: 2_500, low: 300, high: 12_000, basis: 'estimated' } : installedProject(files.sizeOf(folder)),
      t('Project in {0}', folder),
    );
  }
  writeCache(parts, command, options, closure, sumOf(closure));
  writeUnread(parts, place.site, request.unread, undefined);
  for (const sentence of request.unknown) parts.unknown(sentence);
  return parts.effect(memory.with(place.site, closure));
}

function venvEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: UvMemory,
): PackageEffect {
  const parts = new EffectParts(surroundings.mounted);
  const prefix = absolutePath(command, readOptions(words, withValue).positional[0]?.value ?? '.venv');
  if (prefix === undefined) return { ...noEffect, memory };
  environmentParts(parts, prefix);
  return parts.effect(new UvMemory(memory.installed, new Set([...memory.environments, prefix])));
}

function toolEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: UvMemory,
): PackageEffect {
  const { system, files } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const request = readPipRequest(command, words, files);
  const base = command.environment.get('UV_TOOL_DIR') ?? `${homeFolder(command)}/.local/share/uv/tools`;
  for (const requirement of request.requirements) {
    const prefix = cleanPath(`${base}/${requirement.name}`);
    const place = pythonPlace(command, system, { prefix, environments: memory.environments });
    const closure = resolveRequirements(
      [requirement],
      surroundings.indexes,
      { minor: pythonMinor(command, system), architecture: system.architecture },
      new Map(),
      new Set(),
    );
    installPackages(parts, {
      manager: 'uv',
      place,
      closure,
      compiles: compiles(command, request.options),
      architecture: system.architecture,
      locked: false,
    });
    environmentParts(parts, prefix);
    writeCache(parts, command, request.options, closure, sumOf(closure));
  }
  return parts.effect(memory);
}

function pythonEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: UvMemory,
): PackageEffect {
  const parts = new EffectParts(surroundings.mounted);
  const versions = readOptions(words, withValue).positional;
  const base = command.environment.get('UV_PYTHON_INSTALL_DIR') ?? `${homeFolder(command)}/.local/share/uv/python`;
  for (const version of versions.length === 0 ? [{ text: '3', value: '3' }] : versions) {
    parts.tree(cleanPath(`${base}/cpython-${version.value ?? '3'}`), standalonePython, 'CPython');
  }
  parts.because(t('CPython builds that uv downloads take between {0} and {1} MB', 65, 120));
  return parts.effect(memory);
}
