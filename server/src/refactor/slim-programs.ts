/**
 * What an official image has that its slim variant lacks, by programs. Which packages the Dockerfiles of the images install is told by
 * `packages/debian-bases`; the programs are those that the packages have below `/usr/bin` (Debian's `Contents` indexes), and a package
 * that only comes along with another one (`via`) goes with it.
 */
import { officialRecipe } from '../packages/debian-bases';

interface PackagePrograms {
  readonly name: string;
  /** The package of the recipe that brings it; absent: itself. */
  readonly via?: string;
  readonly programs: string;
}

const rows: readonly PackagePrograms[] = [
  { name: 'git', programs: 'git git-receive-pack git-upload-pack scalar' },
  { name: 'mercurial', programs: 'hg' },
  { name: 'subversion', programs: 'svn svnadmin svnsync svnversion' },
  { name: 'openssh-client', programs: 'ssh scp sftp ssh-add ssh-agent ssh-copy-id ssh-keygen ssh-keyscan' },
  { name: 'curl', programs: 'curl' },
  { name: 'wget', programs: 'wget' },
  { name: 'gnupg', programs: 'gpg gpgconf gpg-agent gpgsm dirmngr apt-key' },
  { name: 'ca-certificates', programs: 'update-ca-certificates' },
  { name: 'openssl', via: 'ca-certificates', programs: 'openssl c_rehash' },
  { name: 'gcc', programs: 'gcc cc cpp c89 c99 gcov' },
  { name: 'g++', programs: 'g++ c++' },
  { name: 'binutils', via: 'gcc', programs: 'ld ar as nm strip objdump objcopy ranlib readelf strings' },
  { name: 'make', programs: 'make gmake' },
  { name: 'autoconf', programs: 'autoconf autoreconf autoheader autoscan' },
  { name: 'automake', programs: 'automake aclocal' },
  { name: 'libtool', programs: 'libtoolize' },
  { name: 'm4', via: 'autoconf', programs: 'm4' },
  { name: 'pkg-config', via: 'libglib2.0-dev', programs: 'pkg-config pkgconf' },
  { name: 'dpkg-dev', programs: 'dpkg-architecture dpkg-buildpackage dpkg-buildflags dpkg-source' },
  { name: 'patch', programs: 'patch' },
  { name: 'imagemagick', programs: 'convert identify mogrify montage composite compare magick' },
  { name: 'python3', via: 'mercurial', programs: 'python3' },
  { name: 'procps', programs: 'ps top free pgrep pkill vmstat watch sysctl uptime w pmap' },
  { name: 'file', programs: 'file' },
  { name: 'bzip2', programs: 'bzip2 bunzip2 bzcat' },
  { name: 'xz-utils', programs: 'xz unxz xzcat lzma unlzma' },
  { name: 'unzip', programs: 'unzip zipinfo' },
  { name: 'libpq-dev', programs: 'pg_config' },
  { name: 'default-libmysqlclient-dev', programs: 'mysql_config mariadb_config' },
  { name: 'libcurl4-openssl-dev', programs: 'curl-config' },
  { name: 'libxml2-dev', programs: 'xml2-config' },
  { name: 'libxslt1-dev', via: 'libxslt-dev', programs: 'xslt-config' },
];

/** What slim variants certainly keep of what the full images name; the rest of their recipes differs from one version to the next. */
const kept = new Set(['ca-certificates', 'netbase', 'tzdata']);

/** What goes with the full image. */
export interface Lacking {
  /** Packages whose programs, or certificates, people may miss, in the order of importance. */
  readonly packages: readonly string[];
  /** Count of packages with headers and libraries to compile against, of those that the Dockerfile of the full image names. */
  readonly development: number;
  /** Package by program. */
  readonly programs: ReadonlyMap<string, string>;
}

/** What `slim` lacks of `full`; both as written in FROM. Nothing but documentation where their recipes are the same. */
export function lackingIn(full: string, slim: string): Lacking {
  const stays = new Set((officialRecipe(slim) ?? []).filter((name) => kept.has(name)));
  const gone = new Set((officialRecipe(full) ?? []).filter((name) => !stays.has(name)));
  // Their own Python lies in /usr/local, in both variants.
  const ownPython = /(?:^|\/)python(?::|$)/.test(full);
  const lost = rows.filter(({ name, via }) => gone.has(via ?? name) && !(ownPython && name === 'python3'));
  return {
    packages: lost.map(({ name }) => name).filter((name) => !isDevelopment(name)),
    development: [...gone].filter(isDevelopment).length,
    programs: new Map(lost.flatMap(({ name, programs }) => programs.split(' ').map((program) => [program, name]))),
  };
}

const isDevelopment = (name: string): boolean => /-dev$/.test(name) && name !== 'dpkg-dev';

/** What comes along with a package that a file installs, as far as programs above go (its dependencies in Debian's indexes). */
const along: Readonly<Record<string, readonly string[]>> = {
  'build-essential': ['gcc', 'g++', 'binutils', 'make', 'dpkg-dev', 'patch', 'bzip2', 'xz-utils'],
  'dpkg-dev': ['binutils', 'make', 'patch', 'bzip2', 'xz-utils'],
  'g++': ['gcc', 'binutils'],
  gcc: ['binutils'],
  autoconf: ['m4'],
  automake: ['autoconf', 'm4'],
  pkgconf: ['pkg-config'],
  gnupg2: ['gnupg'],
  'ca-certificates': ['openssl'],
  ssh: ['openssh-client'],
  'openssh-server': ['openssh-client'],
  mercurial: ['python3'],
  'libglib2.0-dev': ['pkg-config'],
  'libmariadb-dev': ['default-libmysqlclient-dev'],
};

/** Packages of the table that an installation of these brings. */
export function broughtBy(name: string): readonly string[] {
  const python = /^python3(?:-|$)/.test(name) ? ['python3'] : [];
  return [name, ...(Object.hasOwn(along, name) ? (along[name] ?? []) : []), ...python];
}
