/** What apt leaves in a layer: sets of 1 to 200 packages on two releases, with every habit of cleaning up. */
import { type AccuracyCase, lines } from './case';
import { FIFTY_PACKAGES, TWO_HUNDRED_PACKAGES } from './package-sets';

type Suite = 'bookworm' | 'trixie';

const onDebian = (suite: Suite, name: string, ...steps: string[]): AccuracyCase => ({
  name: `apt: ${name} (${suite})`,
  group: 'apt',
  dockerfile: lines(`FROM debian:${suite}-slim`, ...steps),
});

const onBoth = (name: string, ...steps: string[]): AccuracyCase[] => [
  onDebian('bookworm', name, ...steps),
  onDebian('trixie', name, ...steps),
];

const LISTS = 'rm -rf /var/lib/apt/lists/*';
const lean = (packages: string): string =>
  `RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && ${LISTS}`;
const full = (packages: string): string => `RUN apt-get update && apt-get install -y ${packages} && ${LISTS}`;

/** Built by the short run: on the release whose stand-in all tests need. */
const SHORT: readonly AccuracyCase[] = [
  onDebian('bookworm', 'one small package', lean('jq')),
  onDebian(
    'bookworm',
    'lists kept',
    'RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates',
  ),
].map((one) => ({ ...one, quick: true }));

export const APT_CASES: readonly AccuracyCase[] = [
  ...SHORT,
  onDebian('trixie', 'one small package', lean('jq')),
  onDebian(
    'trixie',
    'one RUN for each command',
    'RUN apt-get update',
    'RUN apt-get install -y --no-install-recommends wget',
    'RUN apt-get clean',
    `RUN ${LISTS}`,
  ),
  onDebian('trixie', 'lists kept', 'RUN apt-get update && apt-get install -y curl'),
  onDebian('bookworm', 'one RUN for each command', 'RUN apt-get update', 'RUN apt-get install -y git', `RUN ${LISTS}`),
  ...onBoth('compiler with recommends', full('build-essential')),
  ...onBoth('compiler and headers', lean('gcc make libc6-dev libpq-dev libssl-dev pkg-config')),
  onDebian('bookworm', 'python with recommends', full('python3-pip')),
  onDebian('trixie', 'python', lean('python3 python3-venv python3-dev')),
  onDebian(
    'bookworm',
    'upgrade first',
    `RUN apt-get update && apt-get upgrade -y && apt-get install -y --no-install-recommends nginx && ${LISTS}`,
  ),
  onDebian('trixie', 'upgrade alone', `RUN apt-get update && apt-get -y dist-upgrade && apt-get clean && ${LISTS}`),
  onDebian('bookworm', 'pinned versions', lean('nginx=1.22.* redis-server=5:7.0.*')),
  ...onBoth(
    'compiler removed in the same RUN',
    [
      'RUN apt-get update \\',
      '  && apt-get install -y --no-install-recommends gcc libc6-dev make \\',
      '  && apt-get purge -y --auto-remove gcc libc6-dev make \\',
      `  && ${LISTS}`,
    ].join('\n'),
  ),
  onDebian(
    'bookworm',
    'compiler removed in a later RUN',
    lean('gcc libc6-dev'),
    'RUN apt-get purge -y gcc libc6-dev && apt-get autoremove -y',
  ),
  onDebian(
    'bookworm',
    'clean in the same RUN',
    'RUN apt-get update && apt-get install -y vim-tiny less && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*',
  ),
  onDebian(
    'trixie',
    'documentation removed',
    `RUN apt-get update && apt-get install -y --no-install-recommends imagemagick && apt-get clean && ${LISTS} /usr/share/doc /usr/share/man`,
  ),
  onDebian(
    'bookworm',
    'apt instead of apt-get',
    'ENV DEBIAN_FRONTEND=noninteractive',
    `RUN apt update && apt install -qqy tzdata locales && ${LISTS}`,
  ),
  onDebian(
    'bookworm',
    'cache mounts',
    `RUN rm -f /etc/apt/apt.conf.d/docker-clean; echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache`,
    [
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \\',
      '  apt-get update && apt-get install -y --no-install-recommends postgresql-client openssh-client',
    ].join('\n'),
  ),
  onDebian(
    'trixie',
    'cache mounts',
    [
      'RUN --mount=type=cache,target=/var/lib/apt/lists --mount=type=cache,target=/var/cache/apt/archives \\',
      '  apt-get update && apt-get --no-install-recommends install -y rsync unzip zip',
    ].join('\n'),
  ),
  ...onBoth('several RUN that share packages', lean('curl ca-certificates'), lean('git'), lean('wget gnupg')),
  onDebian(
    'bookworm',
    'virtual packages',
    `RUN mkdir -p /usr/share/man/man1 && ${lean('default-jre-headless').slice('RUN '.length)}`,
  ),
  onDebian('trixie', 'virtual packages', lean('default-mysql-client libjpeg-dev default-libmysqlclient-dev')),
  onDebian('bookworm', 'database with recommends', full('postgresql')),
  onDebian('trixie', 'web server with recommends', full('nginx certbot')),
  onDebian('bookworm', 'media', lean('ffmpeg')),
  onDebian('trixie', 'media', lean('ffmpeg')),
  onDebian('bookworm', 'browser', lean('chromium fonts-liberation')),
  onDebian('trixie', 'compilers', lean('clang lld cmake ninja-build')),
  onDebian('bookworm', 'languages', lean('golang-go ruby-full php-cli')),
  onDebian('trixie', 'scientific python', lean('python3-numpy python3-scipy python3-pandas')),
  onDebian('bookworm', 'office', lean('libreoffice-writer')),
  ...onBoth('fifty packages', lean(FIFTY_PACKAGES.join(' '))),
  onDebian('bookworm', 'two hundred packages', lean(TWO_HUNDRED_PACKAGES.join(' '))),
  onDebian('trixie', 'two hundred packages', full(TWO_HUNDRED_PACKAGES.join(' '))),
  onDebian(
    'bookworm',
    'script in a here-document',
    'RUN <<EOF\nset -eux\nexport DEBIAN_FRONTEND=noninteractive\napt-get update\napt-get install -y --no-install-recommends \\\n  supervisor cron\napt-get clean\nrm -rf /var/lib/apt/lists/*\nEOF',
  ),
  onDebian(
    'trixie',
    'variables and loops',
    'ARG PACKAGES="sqlite3 libsqlite3-dev"',
    `RUN set -eux; apt-get update; for one in $PACKAGES; do apt-get install -y --no-install-recommends "$one"; done; ${LISTS}`,
  ),
  {
    ...onDebian(
      'bookworm',
      'names from a file',
      'COPY packages.txt /tmp/packages.txt',
      `RUN apt-get update && xargs -a /tmp/packages.txt apt-get install -y --no-install-recommends && ${LISTS} /tmp/packages.txt`,
    ),
    files: { 'packages.txt': 'htop\ntmux\nfile\nbzip2\n' },
  },
  {
    ...onDebian(
      'trixie',
      'program built in one stage',
      lean('gcc libc6-dev'),
      'COPY main.c .',
      'RUN gcc -Os -o /main main.c',
      'FROM debian:trixie-slim',
      lean('libpq5 ca-certificates'),
      'COPY --from=0 /main /usr/local/bin/main',
      'RUN useradd --system app',
      'USER app',
    ),
    files: { 'main.c': 'int main(void) { return 0; }\n' },
  },
];
