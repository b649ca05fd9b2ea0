/** Conda, mamba and micromamba: environments from names and `environment.yml`. No index is asked: wheels of the same names stand in. */
import { load } from 'js-yaml';
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { scaleBytes, spreadBytes } from './byte-range';
import { absolutePath, has, homeFolder, optionValue, optionValues, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { rPackage } from './known-spreads';
import { resolveRequirements } from './python-closure';
import { normalizedName, type PythonRequirement, parseRequirement } from './python-requirement';
import { shippedCount, shippedPython } from './python-shipped';
import { installedSize } from './python-size';
import { writeUnread } from './python-unread';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';

class CondaMemory {
  /** Environment to the names in it. */
  readonly installed: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(installed: ReadonlyMap<string, ReadonlySet<string>>) {
    this.installed = installed;
  }
}

const withValue: ReadonlySet<string> = new Set(
  '-n --name -p --prefix -c --channel -f --file --solver -r --root-prefix --platform --rc-file --revision'.split(' '),
);
const mostCharacters = 1_000_000;

/** A conda package has the libraries that a wheel links in as packages of their own, and no programs' wrappers: more or less the same bytes. */
const asConda = { low: 0.6, middle: 1.15, high: 2.2 };
/** A package that the shipped table does not have, with what it needs: as wide as the Python packages that it has. */
const otherPackage = { low: 57e3, middle: 4.2e6, high: 362e6 };

export const conda: PackageProvider = {
  manager: 'conda',
  handles: (command) => ['conda', 'mamba', 'micromamba'].includes(command.name ?? ''),
  effect(command, surroundings): PackageEffect {
    const memory = surroundings.memory instanceof CondaMemory ? surroundings.memory : new CondaMemory(new Map());
    const verb = command.words.find((word) => !(word.value ?? word.text).startsWith('-'))?.value;
    const rest = command.words.slice(command.words.findIndex((word) => word.value === verb) + 1);
    switch (verb) {
      case 'install':
      case 'create':
      case 'update':
      case 'upgrade':
        return installEffect(command, rest, surroundings, memory);
      case 'env':
        return ['create', 'update'].includes(rest[0]?.value ?? '')
          ? installEffect(command, rest.slice(1), surroundings, memory)
          : { ...noEffect, memory };
      case 'clean':
        return {
          ...noEffect,
          removes: rest.some((word) => /^(-a|--all|-p|--packages|-[a-z]*a[a-z]*)$/.test(word.value ?? ''))
            ? [`${rootFolder(command)}/pkgs/*`]
            : [],
          memory,
        };
      case 'config':
      case 'init':
      case 'shell': {
        const parts = new EffectParts(surroundings.mounted);
        parts.tree(
          verb === 'config' ? `${homeFolder(command)}/.condarc` : homeFolder(command),
          { bytes: 500, low: 20, high: 4_000, basis: 'estimated' },
          t('settings of {0}', 'conda'),
        );
        return parts.effect(memory);
      }
      case 'run': {
        const parts = new EffectParts(surroundings.mounted);
        parts.unknown(t('What the program does is not known before the build'));
        return parts.effect(memory);
      }
      default:
        return { ...noEffect, memory };
    }
  },
};

function rootFolder(command: RunCommand): string {
  const folder = command.environment.get('MAMBA_ROOT_PREFIX') ?? command.environment.get('CONDA_DIR');
  if (folder?.startsWith('/')) return cleanPath(folder);
  const listed = (command.environment.get('PATH') ?? '')
    .split(':')
    .find((entry) => /(conda|mamba|forge)3?\/bin$/.test(entry));
  return listed === undefined ? '/opt/conda' : listed.slice(0, -'/bin'.length);
}

interface Wanted {
  readonly names: PythonRequirement[];
  readonly other: string[];
  readonly pip: string[];
  readonly unknown: string[];
  readonly unread: string[];
}

function installEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: CondaMemory,
): PackageEffect {
  const parts = new EffectParts(surroundings.mounted);
  const options = readOptions(words, withValue);
  const root = rootFolder(command);
  const wanted: Wanted = { names: [], other: [], pip: [], unknown: [], unread: [] };
  for (const word of options.positional) addName(wanted, word.value ?? /^["']?[\w.-]+/.exec(word.text)?.[0] ?? '');
  let named: string | undefined;
  for (const file of optionValues(options, '-f', '--file')) {
    const path = file === undefined ? undefined : absolutePath(command, file);
    const text = path === undefined ? undefined : surroundings.files.readText(path);
    if (text === 'pending') wanted.unknown.push(t('{0} is being read', path ?? ''));
    else if (text === undefined) wanted.unread.push(t('{0} cannot be read before the build', path ?? file ?? ''));
    else named = readEnvironment(text, path ?? '', wanted) ?? named;
  }
  const prefix = optionValue(options, '-p', '--prefix');
  const name = optionValue(options, '-n', '--name') ?? named;
  const folder =
    prefix !== undefined
      ? absolutePath(command, prefix)
      : name === undefined || name === 'base'
        ? root
        : `${root}/envs/${name}`;
  if (folder === undefined) {
    parts.unknown(t('What {0} leaves is not known before the build', 'conda install'));
    return parts.effect(memory);
  }
  const present = memory.installed.get(folder) ?? new Set<string>();
  const written = writePackages(parts, folder, wanted, present, surroundings);
  writeUnread(parts, folder, { files: wanted.unread, names: [], projects: [] }, `${root}/pkgs`);
  for (const sentence of wanted.unknown) parts.unknown(sentence);
  // Archives stay in `pkgs`, unpacked packages there are the same files as in the environment (hard links).
  if (written.length > 0 && !has(options, '--download-only')) {
    const share = { low: 0.15 * written.low, middle: 0.3 * written.middle, high: 0.45 * written.high };
    parts.tree(`${root}/pkgs`, spreadBytes(share), t('cache of {0}', 'conda'));
    parts.because(t('Wheels of the same names: conda’s own index is not read ({0} packages are known)', shippedCount));
  }
  return parts.effect(
    new CondaMemory(new Map([...memory.installed, [folder, new Set([...present, ...written.names])]])),
  );
}

function addName(wanted: Wanted, spec: string): void {
  const plain = spec.replace(/^[^:]*::/, '').replace(/\[.*\]$/, '');
  const requirement = parseRequirement(
    plain.replace(/^([\w.-]+)\s*=\s*([\d.]+).*$/, '$1').replace(/^([\w.-]+)[ =].*$/, '$1'),
  );
  const name = requirement?.name ?? normalizedName(/^[\w.-]+/.exec(plain)?.[0] ?? '');
  if (name === '') return;
  const python = requirement !== undefined && shippedPython(name) !== undefined;
  if (python) wanted.names.push({ ...requirement, specifier: '' });
  else wanted.other.push(name);
}

/** Reads `environment.yml` or a list of specs; the environment's name. */
function readEnvironment(text: string, path: string, wanted: Wanted): string | undefined {
  if (!/\.ya?ml$/.test(path)) {
    for (const line of text.split(/\r?\n/, 5_000)) {
      const spec = line.replace(/#.*$/, '').trim();
      const explicit = /\/([\w.-]+?)-[^-]+-[^-]+\.(?:conda|tar\.bz2)/.exec(spec)?.[1];
      if (spec !== '' && !spec.startsWith('@')) addName(wanted, explicit ?? spec);
    }
    return undefined;
  }
  const root = parseYaml(text);
  if (root === undefined || !Array.isArray(root.dependencies)) {
    wanted.unknown.push(t('{0} is cut off or damaged', path));
    return undefined;
  }
  for (const each of root.dependencies.slice(0, 5_000)) {
    if (typeof each === 'string') addName(wanted, each);
    else if (typeof each === 'object' && each !== null && 'pip' in each && Array.isArray(each.pip)) {
      for (const line of each.pip) if (typeof line === 'string') wanted.pip.push(line);
    }
  }
  return typeof root.name === 'string' ? root.name : undefined;
}

function parseYaml(text: string): { readonly name?: unknown; readonly dependencies?: unknown } | undefined {
  if (text.length > mostCharacters) return undefined;
  try {
    const value = load(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Written {
  readonly length: number;
  readonly names: readonly string[];
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

function writePackages(
  parts: EffectParts,
  folder: string,
  wanted: Wanted,
  present: ReadonlySet<string>,
  surroundings: ProviderSurroundings,
): Written {
  const { system, indexes } = surroundings;
  const pip = wanted.pip.map(parseRequirement).filter((each) => each !== undefined);
  const closure = resolveRequirements(
    [...wanted.names, ...pip],
    indexes,
    { minor: undefined, architecture: system.architecture },
    new Map(),
    present,
  );
  const sizes: { name: string; size: SizeRange }[] = closure.packages.map(({ name, release }) => ({
    name,
    size:
      release === undefined
        ? spreadBytes(otherPackage)
        : scaleBytes(installedSize(release, { compiles: true, minor: 12, architecture: system.architecture }), asConda),
  }));
  for (const name of wanted.other.filter((each) => !present.has(each))) {
    sizes.push({
      name,
      size: name.startsWith('r-') && name !== 'r-base' ? spreadBytes(rPackage.spread) : spreadBytes(otherPackage),
    });
  }
  for (const { name, size } of sizes) {
    parts.write({ path: `${folder}/lib/${name}`, kind: 'tree', size, package: { manager: 'conda', name } });
  }
  return {
    length: sizes.length,
    names: sizes.map(({ name }) => name),
    low: sizes.reduce((sum, { size }) => sum + size.low, 0),
    middle: sizes.reduce((sum, { size }) => sum + (size.bytes ?? 0), 0),
    high: sizes.reduce((sum, { size }) => sum + (size.high ?? 0), 0),
  };
}
