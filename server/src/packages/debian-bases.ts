/**
 * Packages that the official images of Debian and what stands on them bring along. The bare images are what `debootstrap --variant=minbase`
 * installs (debuerreotype, from which the official images come); the others add what the Dockerfiles in docker-library install.
 */

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

const COMMON = words(`
  apt base-files base-passwd bash bsdutils coreutils dash debconf debian-archive-keyring debianutils diffutils dpkg findutils grep
  gzip hostname init-system-helpers libacl1 libattr1 libaudit-common libaudit1 libblkid1 libbz2-1.0 libc-bin libc6 libcap-ng0
  libcap2 libcrypt1 libdebconfclient0 libgcc-s1 libgmp10 liblz4-1 liblzma5 libmd0 libmount1 libpam-modules libpam-modules-bin
  libpam-runtime libpam0g libpcre2-8-0 libseccomp2 libselinux1 libsemanage-common libsemanage2 libsepol2 libsmartcols1 libstdc++6
  libsystemd0 libtinfo6 libudev1 libuuid1 libxxhash0 libzstd1 login mawk mount ncurses-base ncurses-bin passwd perl-base sed
  sysvinit-utils tar tzdata util-linux zlib1g
`);

/** Common to the images of Ubuntu 22.04 and 24.04. */
const UBUNTU = words(`
  adduser apt base-files base-passwd bash bsdutils coreutils dash debconf debianutils diffutils dpkg e2fsprogs findutils gpgv grep
  gzip hostname init-system-helpers libacl1 libattr1 libaudit-common libaudit1 libblkid1 libbz2-1.0 libc-bin libc6 libcap-ng0 libcap2
  libcom-err2 libcrypt1 libdebconfclient0 libffi8 libgcc-s1 libgcrypt20 libgmp10 libgpg-error0 libidn2-0 liblz4-1 liblzma5 libmount1
  libncursesw6 libp11-kit0 libpam-modules libpam-modules-bin libpam-runtime libpam0g libpcre2-8-0 libseccomp2 libselinux1
  libsemanage-common libsemanage2 libsepol2 libsmartcols1 libss2 libstdc++6 libsystemd0 libtasn1-6 libtinfo6 libudev1 libuuid1
  libxxhash0 libzstd1 login logsave mawk mount ncurses-base ncurses-bin passwd perl-base procps sed sensible-utils sysvinit-utils tar
  ubuntu-keyring util-linux zlib1g
`);

const BARE: Readonly<Record<string, readonly string[]>> = {
  bullseye: [
    ...COMMON.filter((name) => !['libcap2', 'libmd0', 'libsemanage2', 'libsepol2'].includes(name)),
    ...words(`
  adduser e2fsprogs gcc-10-base gcc-9-base gpgv libapt-pkg6.0 libcom-err2 libdb5.3 libext2fs2 libffi7 libgcrypt20 libgnutls30
  libgpg-error0 libgssapi-krb5-2 libhogweed6 libidn2-0 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libnettle8 libnsl2
  libp11-kit0 libpcre3 libsemanage1 libsepol1 libss2 libssl1.1 libtasn1-6 libtirpc-common libtirpc3 libunistring2 logsave lsb-base
`),
  ],
  bookworm: [
    ...COMMON,
    ...words(`
  adduser e2fsprogs gcc-12-base gpgv libapt-pkg6.0 libcom-err2 libdb5.3 libext2fs2 libffi8 libgcrypt20 libgnutls30 libgpg-error0
  libhogweed6 libidn2-0 libnettle8 libp11-kit0 libss2 libtasn1-6 libunistring2 logsave usr-is-merged util-linux-extra
`),
  ],
  jammy: [
    ...UBUNTU,
    ...words(`
  gcc-12-base libapt-pkg6.0 libdb5.3 libext2fs2 libgnutls30 libhogweed6 libncurses6 libnettle8 libnsl2 libprocps8 libssl3
  libtirpc-common libtirpc3 libunistring2 lsb-base usrmerge
`),
  ],
  noble: [
    ...UBUNTU,
    ...words(`
  gcc-14-base libapt-pkg6.0t64 libassuan0 libdb5.3t64 libext2fs2t64 libgnutls30t64 libhogweed6t64 libmd0 libnettle8t64
  libnpth0t64 libproc2-0 libssl3t64 libunistring5 unminimize
`),
  ],
  trixie: [
    ...COMMON,
    ...words(`
  gcc-14-base libapt-pkg7.0 libbsd0 libdb5.3t64 libhogweed6t64 liblastlog2-2 libnettle8t64 libsqlite3-0 libssl3t64 login.defs
  openssl-provider-legacy sqv
`),
  ],
};

/** Packages of the bare image of a suite; of suites not looked into the nearest that was. */
export function barePackages(suite: string): readonly string[] {
  return BARE[suite] ?? BARE.bookworm ?? COMMON;
}

/** `buildpack-deps`, by its three images (docker-library/buildpack-deps), each with `--no-install-recommends`. */
const CURL = words('ca-certificates curl gnupg netbase sq wget tzdata');
const SCM = words('git mercurial openssh-client subversion procps');
const BUILD = words(`
  autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev libcurl4-openssl-dev libdb-dev
  libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev
  libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev
  libxml2-dev libxslt-dev libyaml-dev make patch unzip xz-utils zlib1g-dev
`);

/** What the Dockerfiles of official images install beyond that and keep. */
const FULL: Readonly<Record<string, readonly string[]>> = {
  'buildpack-deps': [...CURL, ...SCM, ...BUILD],
  node: [...CURL, ...SCM, ...BUILD],
  python: [...CURL, ...SCM, ...BUILD, ...words('libbluetooth-dev tk-dev uuid-dev')],
  ruby: [...CURL, ...SCM, ...BUILD],
  perl: [...CURL, ...SCM, ...BUILD],
  erlang: [...CURL, ...SCM, ...BUILD],
  gcc: [...CURL, ...SCM, ...BUILD],
  rust: [...CURL, ...SCM, ...BUILD],
  golang: [...CURL, ...words('git mercurial openssh-client subversion procps g++ gcc libc6-dev make pkg-config')],
  maven: words('ca-certificates curl gnupg git openssh-client'),
  openjdk: [...CURL, ...SCM, ...words('bzip2 unzip xz-utils fontconfig libfreetype6 p11-kit')],
  php: words('autoconf dpkg-dev file g++ gcc libc-dev make pkg-config re2c ca-certificates curl xz-utils'),
  postgres: words('gnupg less locales libnss-wrapper xz-utils zstd'),
  nginx: words('ca-certificates curl gettext-base'),
};

const SLIM: Readonly<Record<string, readonly string[]>> = {
  python: words(`
    ca-certificates netbase tzdata libbz2-1.0 libexpat1 libffi8 libgdbm6 libgdbm-compat4 liblzma5 libncursesw6 libreadline8 libsqlite3-0
    libssl3 libuuid1 zlib1g
  `),
  ruby: words('bzip2 ca-certificates libffi-dev libgmp-dev libssl-dev libyaml-dev procps zlib1g-dev'),
  rust: words('ca-certificates gcc libc6-dev wget'),
};

/**
 * Names that the Dockerfile of an official image installs on the bare image, to be resolved like an installation without recommendations;
 * undefined for images that no recipe is known of.
 * @param reference `node:20-slim`, `docker.io/library/python:3.12`
 */
export function officialRecipe(reference: string): readonly string[] | undefined {
  const match = /^(?:docker\.io\/)?(?:library\/)?([a-z0-9-]+)(?::([^@]+))?(?:@.*)?$/.exec(reference);
  const name = match?.[1];
  if (name === undefined) return undefined;
  const tag = match?.[2] ?? 'latest';
  if (name === 'debian' || name === 'ubuntu') return [];
  if (name === 'buildpack-deps' && /-curl$/.test(tag)) return CURL;
  if (name === 'buildpack-deps' && /-scm$/.test(tag)) return [...CURL, ...SCM];
  const full = Object.hasOwn(FULL, name) ? FULL[name] : undefined;
  const slim = Object.hasOwn(SLIM, name) ? SLIM[name] : undefined;
  if (/(^|-)slim(-|$)/.test(tag)) return slim ?? (full === undefined ? undefined : []);
  return full;
}
