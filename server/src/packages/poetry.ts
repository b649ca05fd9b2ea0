/** Poetry: `poetry install` and `poetry sync` from `poetry.lock`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { absolutePath, type CommandOptions, has, optionValue, optionValues, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { lockedClosure } from './python-closure';
import { downloadCache, installPackages } from './python-install';
import { readPoetryLock } from './python-locks';
import { type PythonPlace, pythonPlace, userCache } from './python-place';
import { writeUnread } from './python-unread';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';

class PoetryMemory {
  readonly settings: ReadonlyMap<string, string>;
  readonly installed: ReadonlySet<string>;

  constructor(settings: ReadonlyMap<string, string>, installed: ReadonlySet<string>) {
    this.settings = settings;
    this.installed = installed;
  }
}

const withValue: ReadonlySet<string> = new Set(
  `--with --without --only -E --extras -C --directory -P --project --verbosity -f --format -o --output`.split(/\s+/),
);

export const poetry: PackageProvider = {
  manager: 'poetry',
  handles: (command) => command.name === 'poetry',
  effect(command, surroundings): PackageEffect {
    const memory =
      surroundings.memory instanceof PoetryMemory ? surroundings.memory : new PoetryMemory(new Map(), new Set());
    const words = command.words;
    const verb = words.find((word) => !(word.value ?? word.text).startsWith('-'))?.value;
    const rest = words.filter((word) => word.value !== verb);
    switch (verb) {
      case 'install':
      case 'sync':
        return installEffect(command, rest, surroundings, memory);
      case 'config': {
        const { positional } = readOptions(rest, withValue);
        const [name, value] = [positional[0]?.value, positional[1]?.value];
        const settings =
          name === undefined || value === undefined ? memory.settings : new Map([...memory.settings, [name, value]]);
        return { ...noEffect, memory: new PoetryMemory(settings, memory.installed) };
      }
      case 'cache':
        return { ...noEffect, removes: [`${cacheFolder(command)}/*`], memory };
      case 'add':
      case 'update':
      case 'lock':
      case 'build':
      case 'run': {
        const parts = new EffectParts(surroundings.mounted);
        parts.unknown(t('What {0} leaves is not known before the build', `poetry ${verb}`));
        return parts.effect(memory);
      }
      default:
        return { ...noEffect, memory };
    }
  },
};

function cacheFolder(command: RunCommand): string {
  const chosen = command.environment.get('POETRY_CACHE_DIR');
  return chosen?.startsWith('/') ? cleanPath(chosen) : userCache(command, 'pypoetry');
}

function setting(command: RunCommand, memory: PoetryMemory, name: string): string | undefined {
  const variable = `POETRY_${name.toUpperCase().replace(/[.-]/g, '_')}`;
  return command.environment.get(variable) ?? memory.settings.get(name);
}

function placeOf(
  command: RunCommand,
  folder: string,
  surroundings: ProviderSurroundings,
  memory: PoetryMemory,
): PythonPlace {
  const { system } = surroundings;
  const truth = (name: string): boolean => /^(1|true)$/i.test(setting(command, memory, name) ?? '');
  const declined = /^(0|false)$/i.test(setting(command, memory, 'virtualenvs.create') ?? '');
  const active = command.environment.get('VIRTUAL_ENV');
  const none = { environments: new Set<string>() };
  if (declined || active !== undefined) return pythonPlace(command, system, none);
  const prefix = truth('virtualenvs.in-project')
    ? cleanPath(`${folder}/.venv`)
    : `${cacheFolder(command)}/virtualenvs/${folder.slice(folder.lastIndexOf('/') + 1) || 'project'}-py3`;
  return pythonPlace(command, system, { ...none, prefix });
}

function groupsOf(options: CommandOptions): (group: string) => boolean {
  const list = (name: string): readonly string[] =>
    optionValues(options, name).flatMap((value) => (value ?? '').split(/[\s,]+/));
  const [only, without, added] = [list('--only'), list('--without'), list('--with')];
  if (only.length > 0) return (group) => only.includes(group);
  if (has(options, '--no-dev', '--only-root')) return (group) => group === 'main' || added.includes(group);
  // Optional groups are told by the manifest only; `dev` and `test` are the usual ones and not optional.
  return (group) => !without.includes(group);
}

function installEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: PoetryMemory,
): PackageEffect {
  const { files, system, indexes } = surroundings;
  const parts = new EffectParts(surroundings.mounted);
  const options = readOptions(words, withValue);
  const folder = absolutePath(command, optionValue(options, '-C', '--directory', '-P', '--project') ?? '.');
  const lock = folder === undefined ? undefined : files.readText(cleanPath(`${folder}/poetry.lock`));
  if (folder === undefined || lock === 'pending') {
    parts.unknown(
      lock === 'pending'
        ? t('{0} is being read', 'poetry.lock')
        : t('{0} cannot be read before the build', 'poetry.lock'),
    );
    return parts.effect(memory);
  }
  const place = placeOf(command, folder, surroundings, memory);
  if (lock === undefined) {
    const why = t('{0} cannot be read before the build', 'poetry.lock');
    writeUnread(parts, place.site, { files: [why], names: [], projects: [] }, undefined);
    return parts.effect(memory);
  }
  const manifest = files.readText(cleanPath(`${folder}/pyproject.toml`));
  const extras = optionValues(options, '-E', '--extras').flatMap((value) => (value ?? '').split(/[\s,]+/));
  const reading = readPoetryLock(lock, {
    environment: { minor: place.minor, architecture: system.architecture },
    takesGroup: groupsOf(options),
    extras: has(options, '--all-extras') ? 'all' : extras,
    manifest: manifest === 'pending' ? undefined : manifest,
  });
  if (reading.kind === 'unreadable') {
    parts.unknown(reading.reason);
    return parts.effect(memory);
  }
  const closure = lockedClosure(reading.packages, memory.installed, indexes);
  parts.because(t('{0} packages of {1}', reading.packages.length, `${folder}/poetry.lock`));
  installPackages(parts, {
    manager: 'poetry',
    place,
    closure,
    compiles: has(options, '--compile'),
    architecture: system.architecture,
    locked: true,
  });
  if (!has(options, '--no-root', '--only-root')) {
    parts.tree(
      `${place.site}/_project`,
      { bytes: 2_500, low: 0, high: 12_000, basis: 'estimated' },
      t('Project in {0}', folder),
    );
  }
  if (!has(options, '--no-cache') && closure.packages.length > 0) {
    parts.tree(`${cacheFolder(command)}/artifacts`, downloadCache(closure.packages), t('cache of {0}', 'poetry'));
  }
  return parts.effect(
    new PoetryMemory(memory.settings, new Set([...memory.installed, ...closure.packages.map(({ name }) => name)])),
  );
}
