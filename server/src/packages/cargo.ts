/** Cargo: `cargo fetch`, `cargo build`, `cargo install`, `cargo vendor`. Crates by `Cargo.lock`; what a compiler leaves is known only after a build. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { perhapsBytes, spreadBytes, unknownBytes } from './byte-range';
import { absolutePath, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { rustCrates, rustProgram, sumOfMany, times } from './known-spreads';
import { readToml, tablesOf, textOf } from './toml-file';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';
import { rustSet, rustTarget } from './unread-sets';

class CargoMemory {
  /** Lock files whose crates are in the registry folder. */
  readonly fetched: ReadonlySet<string>;

  constructor(fetched: ReadonlySet<string>) {
    this.fetched = fetched;
  }
}

const withValue: ReadonlySet<string> = new Set(
  `--manifest-path --target --target-dir --features -F --bin --package -p --profile --root --version --git --branch --tag --rev --path
  --jobs -j --color --config --exclude --example --index --registry -Z --recipe-path --message-format --test --bench`.split(
    /\s+/,
  ),
);

/** Bytes of the archive and the index entry beside a crate's sources, as a share of them: an archive takes about a quarter. */
const withArchives = 1.3;

export const cargo: PackageProvider = {
  manager: 'cargo',
  handles: (command) => command.name === 'cargo',
  effect(command, surroundings): PackageEffect {
    const memory = surroundings.memory instanceof CargoMemory ? surroundings.memory : new CargoMemory(new Set());
    const words = command.words.filter((word) => !(word.value ?? '').startsWith('+'));
    const verb = words[0]?.value;
    const parts = new EffectParts(surroundings.mounted);
    switch (verb) {
      case 'fetch':
      case 'build':
      case 'b':
      case 'rustc':
      case 'test':
      case 'run':
      case 'check':
      case 'clippy':
      case 'doc':
      case 'chef': {
        const fetched = fetchCrates(parts, command, words.slice(1), surroundings, memory);
        const compiles = verb !== 'fetch' && !(verb === 'chef' && words[1]?.value === 'prepare');
        if (compiles) writeTarget(parts, command, words.slice(1), surroundings);
        return parts.effect(new CargoMemory(fetched));
      }
      case 'install':
      case 'binstall':
        return installEffect(parts, command, words.slice(1), memory);
      case 'vendor': {
        const folder = command.directory;
        if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', 'cargo vendor'));
        else writeVendor(parts, folder, surroundings);
        return parts.effect(memory);
      }
      case 'clean': {
        const target = targetFolder(command, words.slice(1));
        return { ...noEffect, removes: target === undefined ? [] : [target], memory };
      }
      case 'init':
      case 'new': {
        const folder = absolutePath(command, readOptions(words.slice(1), withValue).positional[0]?.value ?? '.');
        if (folder !== undefined)
          parts.tree(folder, { bytes: 240, low: 80, high: 2_000, basis: 'estimated' }, t('new project'));
        return parts.effect(memory);
      }
      default:
        return { ...noEffect, memory };
    }
  },
};

/** The image of Docker's library sets CARGO_HOME to /usr/local/cargo. */
function cargoHome(command: RunCommand): string {
  const home = command.environment.get('CARGO_HOME');
  return home?.startsWith('/') ? cleanPath(home) : `${homeFolder(command)}/.cargo`;
}

/** Number of crates that a `Cargo.lock` takes from a registry or a repository (versions 1 to 4 of the format); undefined when it is none. */
export function cratesOfLock(text: string): number | undefined {
  const root = readToml(text);
  const version = root?.version;
  if (root === undefined || (version !== undefined && (typeof version !== 'number' || version > 4))) return undefined;
  return tablesOf(root.package).filter((entry) => textOf(entry.source) !== undefined).length;
}

function lockOf(
  folder: string,
  surroundings: ProviderSurroundings,
): { readonly path: string; readonly text: string | 'pending' } | undefined {
  for (let path = folder, depth = 0; depth < 20; depth += 1) {
    const text = surroundings.files.readText(cleanPath(`${path}/Cargo.lock`));
    if (text !== undefined) return { path: cleanPath(`${path}/Cargo.lock`), text };
    if (path === '/') return undefined;
    path = path.replace(/\/[^/]*$/, '') || '/';
  }
  return undefined;
}

function fetchCrates(
  parts: EffectParts,
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
  memory: CargoMemory,
): ReadonlySet<string> {
  const registry = `${cargoHome(command)}/registry`;
  const options = readOptions(words, withValue);
  if (memory.fetched.size > 0 || has(options, '--offline')) return memory.fetched;
  const manifest = optionValue(options, '--manifest-path');
  const folder = absolutePath(command, manifest === undefined ? '.' : manifest.replace(/\/?[^/]*$/, '') || '.');
  const lock = folder === undefined ? undefined : lockOf(folder, surroundings);
  const count = lock === undefined || lock.text === 'pending' ? undefined : cratesOfLock(lock.text);
  if (lock === undefined || count === undefined) {
    // A lock file that is there and cannot be read tells that something is wrong with it.
    const absent = lock === undefined;
    parts.tree(registry, absent ? spreadBytes(rustSet.spread, withArchives) : unknownBytes, t('Rust crates'));
    if (absent) parts.because(rustSet.source());
    parts.because(
      lock === undefined
        ? t('{0} cannot be read before the build', 'Cargo.lock')
        : lock.text === 'pending'
          ? t('{0} is being read', 'Cargo.lock')
          : t('{0} is cut off, damaged or of a newer version', 'Cargo.lock'),
    );
  } else if (count > 0) {
    parts.tree(registry, spreadBytes(times(sumOfMany(rustCrates, count), withArchives)), t('{0} Rust crates', count));
    parts.because(t('{0} crates in {1}', count, lock.path));
    parts.because(rustCrates.source());
  }
  return new Set([...memory.fetched, lock?.path ?? '']);
}

function targetFolder(command: RunCommand, words: readonly RunWord[]): string | undefined {
  const options = readOptions(words, withValue);
  const chosen = optionValue(options, '--target-dir') ?? command.environment.get('CARGO_TARGET_DIR');
  return absolutePath(command, chosen ?? 'target');
}

function writeTarget(
  parts: EffectParts,
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
): void {
  const target = targetFolder(command, words);
  if (target === undefined) parts.unknown(t('What {0} leaves is not known before the build', 'cargo build'));
  else if (!parts.isMounted(target)) {
    const lock = command.directory === undefined ? undefined : lockOf(command.directory, surroundings);
    const count = lock === undefined || lock.text === 'pending' ? undefined : cratesOfLock(lock.text);
    const options = readOptions(words, withValue);
    const spread = rustTarget(
      count,
      has(options, '--release', '-r') || optionValue(options, '--profile') === 'release',
    );
    parts.tree(target, spreadBytes(spread), t('compiled crates'));
    parts.because(
      count === undefined
        ? t('What the compiler usually leaves of a Rust program whose crates are not known')
        : t('What the compiler usually leaves of {0} crates and a program of its own', count),
    );
  }
}

function installEffect(
  parts: EffectParts,
  command: RunCommand,
  words: readonly RunWord[],
  memory: CargoMemory,
): PackageEffect {
  const options = readOptions(words, withValue);
  const root = optionValue(options, '--root') ?? command.environment.get('CARGO_INSTALL_ROOT');
  const folder = root?.startsWith('/') ? cleanPath(root) : cargoHome(command);
  const names = options.positional.map((word) => (word.value ?? word.text).replace(/@.*$/, ''));
  for (const name of names.length === 0 ? ['program'] : names) {
    parts.write({
      path: `${folder}/bin/${name}`,
      kind: 'file',
      size: spreadBytes(rustProgram.spread),
      package: { manager: 'cargo', name },
    });
    // The crates of a program of Debian 12 that was built from Rust number between ten and three hundred.
    const [low, middle, high] = [
      sumOfMany(rustCrates, 10).low,
      sumOfMany(rustCrates, 80).middle,
      sumOfMany(rustCrates, 300).high,
    ];
    parts.tree(`${cargoHome(command)}/registry`, spreadBytes({ low, middle, high }, withArchives), t('Rust crates'));
  }
  parts.because(rustProgram.source());
  parts.because(rustCrates.source());
  return parts.effect(memory);
}

function writeVendor(parts: EffectParts, folder: string, surroundings: ProviderSurroundings): void {
  const lock = lockOf(folder, surroundings);
  const count = lock === undefined || lock.text === 'pending' ? undefined : cratesOfLock(lock.text);
  const path = cleanPath(`${folder}/vendor`);
  if (count === undefined) {
    parts.tree(path, perhapsBytes(spreadBytes(rustSet.spread)), t('Rust crates'));
    parts.because(rustSet.source());
  } else {
    parts.tree(path, spreadBytes(sumOfMany(rustCrates, count)), t('{0} Rust crates', count));
    parts.because(rustCrates.source());
  }
}
