/** Pipenv: `pipenv install` and `pipenv sync` from `Pipfile.lock`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { absolutePath, has, homeFolder, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { pipCache } from './pip-command';
import { lockedClosure } from './python-closure';
import { downloadCache, installPackages } from './python-install';
import { readPipfileLock } from './python-locks';
import { type PythonPlace, pythonPlace, userCache } from './python-place';
import { writeUnread } from './python-unread';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';

const withValue: ReadonlySet<string> = new Set(
  '-r --requirements -i --index --categories --python -p --pypi-mirror --extra-pip-args'.split(' '),
);

export const pipenv: PackageProvider = {
  manager: 'pipenv',
  handles: (command) => command.name === 'pipenv',
  effect(command, surroundings): PackageEffect {
    const verb = command.words.find((word) => !(word.value ?? word.text).startsWith('-'))?.value;
    const parts = new EffectParts(surroundings.mounted);
    if (verb !== 'install' && verb !== 'sync') {
      if (verb === 'lock' || verb === 'run' || verb === 'update') {
        parts.unknown(t('What {0} leaves is not known before the build', `pipenv ${verb}`));
        return parts.effect();
      }
      return noEffect;
    }
    return installEffect(command, surroundings, parts);
  },
};

function placeOf(
  command: RunCommand,
  system: boolean,
  folder: string,
  surroundings: ProviderSurroundings,
): PythonPlace {
  const options = { environments: new Set<string>() };
  if (system || command.environment.get('VIRTUAL_ENV') !== undefined)
    return pythonPlace(command, surroundings.system, options);
  const inProject = /^(1|true)$/i.test(command.environment.get('PIPENV_VENV_IN_PROJECT') ?? '');
  const prefix = inProject
    ? cleanPath(`${folder}/.venv`)
    : `${homeFolder(command)}/.local/share/virtualenvs/${folder.slice(folder.lastIndexOf('/') + 1) || 'project'}`;
  return pythonPlace(command, surroundings.system, { ...options, prefix });
}

function installEffect(command: RunCommand, surroundings: ProviderSurroundings, parts: EffectParts): PackageEffect {
  const { files, system, indexes } = surroundings;
  const options = readOptions(command.words, withValue);
  const pipfile = command.environment.get('PIPENV_PIPFILE');
  const folder = absolutePath(command, pipfile === undefined ? '.' : pipfile.replace(/\/?[^/]*$/, '') || '/');
  const lock = folder === undefined ? undefined : files.readText(cleanPath(`${folder}/Pipfile.lock`));
  if (folder !== undefined && lock === undefined) {
    const why = t('{0} cannot be read before the build', 'Pipfile.lock');
    const { site } = placeOf(command, has(options, '--system'), folder, surroundings);
    writeUnread(parts, site, { files: [why], names: [], projects: [] }, undefined);
    return parts.effect();
  }
  if (folder === undefined || lock === undefined || lock === 'pending' || options.positional.length > 1) {
    parts.unknown(
      lock === 'pending'
        ? t('{0} is being read', 'Pipfile.lock')
        : t('{0} cannot be read before the build', 'Pipfile.lock'),
    );
    return parts.effect();
  }
  const place = placeOf(command, has(options, '--system'), folder, surroundings);
  const reading = readPipfileLock(lock, has(options, '-d', '--dev'), {
    minor: place.minor,
    architecture: system.architecture,
  });
  if (reading.kind === 'unreadable') {
    parts.unknown(reading.reason);
    return parts.effect();
  }
  const closure = lockedClosure(reading.packages, new Set(), indexes);
  parts.because(t('{0} packages of {1}', reading.packages.length, `${folder}/Pipfile.lock`));
  installPackages(parts, {
    manager: 'pipenv',
    place,
    closure,
    compiles: true,
    architecture: system.architecture,
    locked: true,
  });
  const cache = pipCache(command, options, userCache(command, 'pipenv'));
  if (cache !== undefined && closure.packages.length > 0)
    parts.tree(cache, downloadCache(closure.packages), t('cache of {0}', 'pipenv'));
  return parts.effect();
}
