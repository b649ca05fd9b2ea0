/**
 * `xx-apt`, `xx-apt-get` and `xx-apk` of Docker's helpers for cross compilation: they call the system's package manager, where the target is
 * another platform with packages for that one (github.com/tonistiigi/xx, `src/xx-apt` and `src/xx-apk`).
 */
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';

const managers: Readonly<Record<string, 'apt' | 'apk'>> = { 'xx-apt': 'apt', 'xx-apt-get': 'apt', 'xx-apk': 'apk' };

/** What the helpers' own names of packages stand for. */
const essentials: Readonly<Record<'apt' | 'apk', Readonly<Record<string, readonly string[]>>>> = {
  apt: { 'xx-c-essentials': ['libc6-dev', 'libgcc-12-dev'], 'xx-cxx-essentials': ['libstdc++-12-dev'] },
  apk: { 'xx-c-essentials': ['musl-dev', 'gcc'], 'xx-cxx-essentials': ['g++'] },
};

/** The package manager that a helper calls; undefined for any other command. */
export function helperManager({ name }: RunCommand): 'apt' | 'apk' | undefined {
  return name !== undefined && Object.hasOwn(managers, name) ? managers[name] : undefined;
}

/** Debian's names of Docker's architectures. */
const architectures: Readonly<Record<string, string>> = {
  '386': 'i386',
  arm: 'armhf',
  ppc64le: 'ppc64el',
};

/**
 * The command as the package manager gets it; undefined where the target is another platform than the stage's, or is not known.
 * `architecture`: the stage's, by Debian's name.
 */
export function withoutHelper(command: RunCommand, architecture: string): RunCommand | undefined {
  const manager = helperManager(command);
  if (manager === undefined) return undefined;
  const { environment } = command;
  if (environment.has('TARGETPLATFORM')) {
    const [system, name = ''] = (environment.get('TARGETPLATFORM') ?? '').split('/');
    if (system !== 'linux' || (Object.hasOwn(architectures, name) ? architectures[name] : name) !== architecture)
      return undefined;
  }
  const words = command.words.flatMap((word): readonly RunWord[] => {
    const known = essentials[manager];
    const names = word.value !== undefined && Object.hasOwn(known, word.value) ? known[word.value] : undefined;
    return names === undefined ? [word] : names.map((value) => ({ text: value, value }));
  });
  // xx-apt makes the architecture known to dpkg and fetches the lists of packages first.
  const first = manager === 'apt' ? [{ text: '--update', value: '--update' }] : [];
  return { ...command, name: manager === 'apt' ? 'apt-get' : 'apk', words: [...first, ...words] };
}

/** Why nothing is told of packages for another platform. Localised. */
export const otherPlatform = (): string => t('Packages for another platform than the stage’s are not known.');
