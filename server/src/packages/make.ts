/** make, cmake, ninja, configure: what a build of sources leaves is known only after it; where it lies is known before. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { spreadBytes, unknownBytes } from './byte-range';
import { absolutePath, has, optionValue, optionValues, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { compiledProgram } from './known-spreads';
import type { PackageEffect, PackageProvider } from './types';

const programs = new Set([
  'make',
  'gmake',
  'cmake',
  'ninja',
  'meson',
  'configure',
  'autogen.sh',
  'autoreconf',
  'autoconf',
  'automake',
  'bmake',
]);
const withValue: ReadonlySet<string> = new Set(
  '-C --directory -f --file -S -B -G -D --build --install --prefix --target -t -I -o --parallel -j'.split(' '),
);

export const make: PackageProvider = {
  manager: 'make',
  handles: (command) => programs.has(command.name ?? ''),
  effect(command, surroundings): PackageEffect {
    // `-j` takes a number only when it stands in the same word.
    const options = readOptions(
      command.words,
      new Set([...withValue].filter((name) => name !== '-j' && name !== '--parallel')),
    );
    if (has(options, '--version', '--help', '-n', '--dry-run')) return noEffect;
    const parts = new EffectParts(surroundings.mounted);
    const targets = options.positional.map((word) => word.value ?? word.text).filter((word) => !/^\d+$|=/.test(word));
    const folder = absolutePath(command, optionValue(options, '-C', '--directory', '-B', '--build') ?? '.');
    const installs = targets.some((target) => /^install/.test(target)) || has(options, '--install');
    const cleans = targets.length > 0 && targets.every((target) => /^(?:dist|main|real)?clean$/.test(target));
    if (cleans) return noEffect;
    if (installs) installParts(parts, command, optionValues(options, '--prefix').at(-1), targets);
    if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', command.name ?? 'make'));
    // What is built stays beside its sources: removed with them in the same step, nothing of it is in the layer.
    else if (!installs || targets.length > 1) {
      parts.tree(folder, unknownBytes, t('results of {0}', command.name ?? 'make'));
      parts.because(t('What {0} leaves in {1} is known after a build', command.name ?? 'make', folder));
    }
    return parts.effect();
  },
};

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
