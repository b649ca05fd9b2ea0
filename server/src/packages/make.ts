/**
 * make, cmake, ninja, configure: what a build of sources leaves is known only after it. Where it lies is known before, and how much it is from
 * what builds of other programs left beside their sources.
 */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { perhapsBytes, scaleBytes, spreadBytes } from './byte-range';
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
import { compiledProgram, goProgram, goSymbols } from './known-spreads';
import { compiledShare, compiledSomething, configured, generatedBuild, goBuildByScript } from './source-spreads';
import type { PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';

const programs = new Set([
  'make',
  'gmake',
  'cmake',
  'ninja',
  'meson',
  'configure',
  'Configure',
  'autogen.sh',
  'autoreconf',
  'autoconf',
  'automake',
  'bmake',
  'qmake',
  'qmake6',
]);
const withValue: ReadonlySet<string> = new Set(
  '-C --directory -f --file -S -B -G -D --build --install --prefix --target -t -I -o --parallel -j'.split(' '),
);

type Kind = 'generates' | 'configures' | 'compiles';

/** What a command does by its name and options. */
function kindOf(command: RunCommand, options: CommandOptions): Kind {
  switch (command.name) {
    case 'autogen.sh':
    case 'autoreconf':
    case 'autoconf':
    case 'automake':
      return 'generates';
    case 'configure':
    case 'Configure':
    case 'qmake':
    case 'qmake6':
      return 'configures';
    case 'cmake':
      return has(options, '--build', '--install') ? 'compiles' : 'configures';
    case 'meson':
      return /^(?:compile|install|test)$/.test(options.positional[0]?.value ?? '') ? 'compiles' : 'configures';
    default:
      return 'compiles';
  }
}

/** Results that make are counted to a Go project's caches: it calls `go build`. */
function isGoProject(folder: string, command: RunCommand, { files, system }: ProviderSurroundings): boolean {
  if (files.readText(`${folder}/go.mod`) !== undefined) return true;
  const forGo = command.environment.has('GOLANG_VERSION') || /(?:^|\/)golang(?::|$)/.test(system.baseReference ?? '');
  return /\/go\/src\//.test(`${folder}/`) || (forGo && files.readText(`${folder}/Makefile`) === undefined);
}

export const make: PackageProvider = {
  manager: 'make',
  handles: (command) => programs.has(command.name ?? ''),
  effect(command, surroundings): PackageEffect {
    // `-j` takes a number only when it stands in the same word.
    const options = readOptions(
      command.words,
      new Set([...withValue].filter((name) => name !== '-j' && name !== '--parallel')),
    );
    if (has(options, '--version', '--help', '-n', '--dry-run', '-E')) return noEffect;
    const parts = new EffectParts(surroundings.mounted);
    const targets = options.positional.map((word) => word.value ?? word.text).filter((word) => !/^\d+$|=/.test(word));
    const folder = absolutePath(command, optionValue(options, '-C', '--directory', '-B', '--build') ?? '.');
    const installs = targets.some((target) => /^install/.test(target)) || has(options, '--install');
    const cleans = targets.length > 0 && targets.every((target) => /^(?:dist|main|real)?clean$/.test(target));
    if (cleans) return noEffect;
    const kind = kindOf(command, options);
    if (installs && kind === 'compiles')
      installParts(parts, command, optionValues(options, '--prefix').at(-1), targets);
    if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', command.name ?? 'make'));
    // What is built stays beside its sources: removed with them in the same step, nothing of it is in the layer.
    else if (kind !== 'compiles' || !installs || targets.length > 1) {
      results(parts, kind, folder, command, surroundings);
    }
    return parts.effect();
  },
};

function results(
  parts: EffectParts,
  kind: Kind,
  folder: string,
  command: RunCommand,
  surroundings: ProviderSurroundings,
): void {
  const label = t('results of {0}', command.name ?? 'make');
  switch (kind) {
    case 'generates':
      parts.tree(folder, spreadBytes(generatedBuild.spread), label);
      parts.because(generatedBuild.source());
      return;
    case 'configures':
      parts.tree(folder, spreadBytes(configured.spread), label);
      parts.because(configured.source());
      return;
    case 'compiles':
      break;
    default:
      kind satisfies never;
  }
  if (isGoProject(folder, command, surroundings)) {
    const program = goProgram(undefined);
    parts.tree(folder, perhapsBytes(scaleBytes(spreadBytes(program.spread), goSymbols)), label);
    parts.tree(
      `${homeFolder(command)}/.cache`,
      perhapsBytes(spreadBytes(goBuildByScript.spread)),
      t('build cache of Go'),
    );
    parts.because(program.source());
    parts.because(goBuildByScript.source());
    return;
  }
  const sources = surroundings.files.sizeOf(folder);
  if (isMeasured(sources)) {
    parts.tree(folder, atLeastUpTo(scaleBytes(sources, compiledShare), 2_000_000), label);
    parts.because(t('Compiling usually adds 0.1 to 6 bytes for each byte of sources: programs in C of Debian 12'));
  } else {
    parts.tree(folder, perhapsBytes(spreadBytes(compiledSomething.spread)), label);
    parts.because(compiledSomething.source());
  }
}

/** True for sources whose size is known well enough to tell by it. */
function isMeasured({ bytes, low, high }: SizeRange): boolean {
  return bytes !== null && bytes > 0 && high !== null && high <= 3 * Math.max(low, 1);
}

/** The range with an upper end of at least so many bytes: a program of few lines links whole libraries. */
function atLeastUpTo(size: SizeRange, bytes: number): SizeRange {
  return { ...size, low: 0, high: size.high === null ? null : Math.max(size.high, bytes), basis: 'estimated' };
}

function installParts(
  parts: EffectParts,
  command: RunCommand,
  prefix: string | undefined,
  targets: readonly string[],
): void {
  const assigned = (name: string): string | undefined =>
    command.words
      .map((word) => (word.value?.startsWith(`${name}=`) ? word.value.slice(name.length + 1) : undefined))
      .find((value) => value !== undefined);
  const root = assigned('DESTDIR') ?? command.environment.get('DESTDIR') ?? '';
  const place = absolutePath(command, `${root}${prefix ?? assigned('PREFIX') ?? assigned('prefix') ?? '/usr/local'}`);
  if (place === undefined) return;
  parts.tree(
    cleanPath(place),
    spreadBytes(compiledProgram.spread),
    t('results of {0}', `${command.name ?? 'make'} ${targets.join(' ')}`.trim()),
  );
  parts.because(compiledProgram.source());
}
