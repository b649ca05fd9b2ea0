/** Which packages of the distribution the runtime stage installs. */
import { t } from '../localize';
import { runtimeLibraries } from './runtime-libraries';
import type { ReadStep, SingleStage } from './split-types';

/** Packages that only building needs, on Debian, Ubuntu and Alpine. */
const buildPackages = new Set(
  (
    'build-essential build-base gcc g++ cpp clang clang-tools clang-tidy clang-format llvm lld cmake ccmake make ninja-build ninja meson autoconf ' +
    'automake autogen autotools-dev libtool libtool-bin m4 bison flex pkg-config pkgconf pkgconfig binutils gdb valgrind ccache patch patchelf ' +
    'libc6-dev libc-dev musl-dev linux-libc-dev linux-headers dpkg-dev debhelper devscripts fakeroot gettext nasm yasm swig gperf texinfo help2man ' +
    'doxygen golang golang-go go cargo rustc rust default-jdk default-jdk-headless maven gradle ant upx upx-ucl git subversion mercurial ' +
    'python3-dev python-dev python3-pip python3-setuptools python3-wheel protobuf-compiler protoc gcc-multilib g++-multilib ' +
    'musl-tools apt-utils apt-transport-https software-properties-common re2c cppcheck lcov gcovr scons bc rsync file dpkg composer ' +
    'libc++-dev libc++abi-dev libstdc++-12-dev libstdc++-dev gfortran'
  ).split(' '),
);

function isBuildPackage(name: string): boolean {
  return (
    buildPackages.has(name) ||
    /^(?:gcc|g\+\+|clang|clang\+\+|llvm|gfortran|cpp|openjdk)-\d+/.test(name) ||
    /-(?:doc|dbg|dbgsym)$/.test(name)
  );
}

export interface RuntimePackages {
  /** In the order of the file, without repetition. */
  readonly names: readonly string[];
  /** Of these, the ones that stand in for development packages. */
  readonly libraries: readonly string[];
  /** Recommended packages come along, as they did. */
  readonly recommends: boolean;
  /** Everything that the step installs is needed, and nothing else is. */
  readonly whole: boolean;
}

/**
 * What of a step's packages the container needs: what no build tool is, and the libraries of development packages. `used`: programs that
 * the container runs. A string says what can't be known, localised.
 */
export function runtimePackages(
  { system }: SingleStage,
  read: ReadStep,
  used: ReadonlySet<string>,
): RuntimePackages | string {
  const removed = new Set(read.commands.flatMap(({ deed }) => (deed.kind === 'remove' ? deed.names : [])));
  const names = new Set<string>();
  const libraries = new Set<string>();
  let recommends = false;
  let whole = removed.size === 0;
  for (const { deed } of read.commands) {
    if (deed.kind !== 'system') continue;
    for (const name of deed.names) {
      const development = /-(?:dev|headers)$/.test(name) || (system.distribution !== 'debian' && /-dev$/.test(name));
      const known = runtimeLibraries(name, system);
      if (isBuildPackage(name) && !used.has(name)) {
        whole = false;
        // A package of this kind has no library of its own, or one that every image has.
        if (name === 'gfortran') libraries.add(system.distribution === 'alpine' ? 'libgfortran' : 'libgfortran5');
        continue;
      }
      if (name.startsWith('.')) continue;
      if (known !== undefined || development) {
        whole = false;
        if (known === undefined) return t('it is not known which packages hold the libraries that go with {0}', name);
        for (const library of known) libraries.add(library);
        continue;
      }
      if (removed.has(name)) continue;
      names.add(name);
      if (deed.recommends !== false && system.distribution !== 'alpine') recommends = true;
    }
  }
  return {
    names: [...names, ...[...libraries].filter((name) => !names.has(name))],
    libraries: [...libraries],
    recommends,
    whole,
  };
}

/** The command that installs packages and leaves no lists behind. */
export function installCommand(
  distribution: string | undefined,
  names: readonly string[],
  recommends: boolean,
): string {
  if (distribution === 'alpine') return `apk add --no-cache ${names.join(' ')}`;
  const option = recommends ? '' : '--no-install-recommends ';
  return `apt-get update && apt-get install -y ${option}${names.join(' ')} && rm -rf /var/lib/apt/lists/*`;
}
