/**
 * Which distribution stands in an image, as far as its name tells. Names of releases and numbers in the repository or the tag are certain;
 * a tag that moves (`latest`, `slim`, `alpine` without a number) is taken for the newest release, an official image for what its
 * Dockerfile has stood on of late: that is supposed, and said so.
 */
import type { ImageReference } from './reference';

export interface BaseDistribution {
  /** `debian`, `ubuntu`, `alpine`, `fedora`, `rhel`, … as `ID` in `/etc/os-release`, `rocky` and `amzn` among them. */
  readonly distribution: string;
  /** `12`, `24.04`, `3.20`. */
  readonly version?: string;
  readonly codename?: string;
  /** The name does not tell the release for certain. */
  readonly supposed?: true;
}

const debianVersions: Readonly<Record<string, string>> = {
  jessie: '8',
  stretch: '9',
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};

const ubuntuCodenames: Readonly<Record<string, string>> = {
  '14.04': 'trusty',
  '16.04': 'xenial',
  '18.04': 'bionic',
  '20.04': 'focal',
  '22.04': 'jammy',
  '24.04': 'noble',
  '25.04': 'plucky',
  '25.10': 'questing',
  '26.04': 'resolute',
};

/** The newest releases, which tags that move stand for: Docker's `ubuntu:latest` is the newest with long support. */
const newest = { alpine: '3.24', ubuntu: '26.04', debian: 'trixie', fedora: '43' } as const;

export function debianRelease(codename: string): BaseDistribution {
  const version = debianVersions[codename];
  return { distribution: 'debian', codename, ...(version === undefined ? {} : { version }) };
}

export function ubuntuRelease(version: string): BaseDistribution {
  const codename = ubuntuCodenames[version];
  return { distribution: 'ubuntu', version, ...(codename === undefined ? {} : { codename }) };
}

function debianOfNumber(number: string): BaseDistribution {
  const major = number.split('.')[0] ?? '';
  const known = Object.entries(debianVersions).find(([, release]) => release === major);
  return known === undefined ? { distribution: 'debian', version: number } : debianRelease(known[0]);
}

const supposed = (of: BaseDistribution): BaseDistribution => ({ ...of, supposed: true });
const newestAlpine = supposed({ distribution: 'alpine', version: newest.alpine });

/** Debian's moving suites: each the newest state of it. */
const moving: Readonly<Record<string, BaseDistribution>> = {
  sid: { distribution: 'debian', codename: 'sid' },
  unstable: { distribution: 'debian', codename: 'sid' },
  testing: { distribution: 'debian', codename: 'forky' },
  stable: supposed(debianRelease(newest.debian)),
  oldstable: supposed(debianRelease('bookworm')),
};

const versionOf = (text: string | undefined): { version?: string } => (text === undefined ? {} : { version: text });

/** Names of releases and distributions inside a repository or tag, the surest first; numbers in the first group. */
const written: readonly (readonly [RegExp, (number: string | undefined) => BaseDistribution])[] = [
  [/\bubuntu[-_.]?(\d\d\.\d\d)\b/, (number) => ubuntuRelease(number ?? '')],
  [/\bubuntu[-_.]?(\d\d)(\d\d)\b/, (number) => ubuntuRelease(`${number ?? ''}.04`)],
  [/\bdebian[-_.]?(\d+)\b/, (number) => debianOfNumber(number ?? '')],
  [/\balpine[-_.]?v?(\d+\.\d+)/, (number) => ({ distribution: 'alpine', ...versionOf(number) })],
  [/\b(?:ubi|rhel)[-_]?(\d+)/, (number) => ({ distribution: 'rhel', ...versionOf(number) })],
  [/\bcentos[-_]?(?:stream[-_]?)?(\d+)/, (number) => ({ distribution: 'centos', ...versionOf(number) })],
  [/\brocky(?:linux)?[-_]?(\d+)/, (number) => ({ distribution: 'rocky', ...versionOf(number) })],
  [/\balma(?:linux)?[-_]?(\d+)/, (number) => ({ distribution: 'almalinux', ...versionOf(number) })],
  [/\b(?:oracle(?:linux)?|ol)[-_]?([789]|10)\b/, (number) => ({ distribution: 'oraclelinux', ...versionOf(number) })],
  [/\bfedora[-_]?(\d+)/, (number) => ({ distribution: 'fedora', ...versionOf(number) })],
  [/\bazurelinux[-_]?(\d+\.\d+)?/, (number) => ({ distribution: 'azurelinux', ...versionOf(number) })],
  [/\b(?:cbl-)?mariner[-_]?(\d+\.\d+)?/, (number) => ({ distribution: 'azurelinux', ...versionOf(number) })],
  [/\b(?:amazonlinux|al)[-_]?(2023|2)\b/, (number) => ({ distribution: 'amzn', ...versionOf(number) })],
  [/\bleap[-_]?(\d+\.\d+)?/, (number) => ({ distribution: 'opensuse', ...versionOf(number) })],
  [/\btumbleweed\b/, () => ({ distribution: 'opensuse' })],
  [/\barchlinux\b/, () => ({ distribution: 'arch' })],
];

/** Distributions named without a release: the newest is meant, most likely. */
const unnumbered: readonly (readonly [RegExp, BaseDistribution])[] = [
  [/\balpine\b/, newestAlpine],
  [/\bubuntu\b/, supposed(ubuntuRelease('24.04'))],
  [/\bdebian\b/, supposed(debianRelease('bookworm'))],
  [/\bfedora\b/, supposed({ distribution: 'fedora', version: newest.fedora })],
  [/\bcentos\b/, supposed({ distribution: 'centos', version: '7' })],
  [/\b(?:ubi|rhel)\b/, supposed({ distribution: 'rhel', version: '9' })],
  [/\bopensuse\b|\bsuse\b/, supposed({ distribution: 'opensuse' })],
];

function suiteIn(text: string): BaseDistribution | undefined {
  for (const word of text.split(/[^a-z]+/)) {
    if (Object.hasOwn(debianVersions, word)) return debianRelease(word);
    const ubuntuName = Object.entries(ubuntuCodenames).find(([, known]) => known === word);
    if (ubuntuName !== undefined) return ubuntuRelease(ubuntuName[0]);
  }
  return undefined;
}

/** The releases of Debian that an official image's versions stood on, by the first version that stood on the next. */
const byVersion: Readonly<Record<string, readonly (readonly [before: number, codename: string])[]>> = {
  node: [
    [8, 'stretch'],
    [13, 'buster'],
    [18, 'bullseye'],
    [25, 'bookworm'],
  ],
  python: [
    [3, 'buster'],
    [3.07, 'bullseye'],
    [3.1, 'bookworm'],
  ],
  golang: [
    [1.09, 'stretch'],
    [1.15, 'buster'],
    [1.2, 'bullseye'],
    [1.24, 'bookworm'],
  ],
  php: [
    [7.02, 'stretch'],
    [8, 'buster'],
    [8.01, 'bullseye'],
    [8.04, 'bookworm'],
  ],
  ruby: [
    [2.06, 'buster'],
    [3.01, 'bullseye'],
    [3.04, 'bookworm'],
  ],
  rust: [
    [1.5, 'buster'],
    [1.7, 'bullseye'],
    [1.88, 'bookworm'],
  ],
};

/** `3.9` as 3.09 and `3.12` as 3.12, so that numbers are in the order of versions. */
function ordinal(tag: string): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?/.exec(tag);
  return match === null ? undefined : Number(match[1]) + Number(match[2] ?? 0) / 100;
}

/** Official images (docker-library) and images of large publishers, by what their newest tags stand on when these do not say it. */
const usual: Readonly<Record<string, BaseDistribution>> = {
  ...Object.fromEntries(
    [
      'buildpack-deps cassandra chronograf drupal elixir erlang gcc ghost golang haproxy haskell httpd influxdb joomla julia memcached',
      'mediawiki monica neo4j nextcloud nginx node odoo openjdk perl php phpmyadmin postgres pypy python rabbitmq redis redmine rethinkdb',
      'ruby rust solr telegraf tomcat wordpress jenkins anaconda3 miniconda3 bazel',
    ].flatMap((line) => line.split(' ').map((name) => [name, supposed(debianRelease('bookworm'))])),
  ),
  ...Object.fromEntries(
    'clojure eclipse-temurin gradle ibm-semeru-runtimes mariadb maven mongo mongo-express sapmachine swift tensorflow cuda rocm pytorch'
      .split(' ')
      .map((name) => [name, supposed(ubuntuRelease('22.04'))]),
  ),
  ...Object.fromEntries(
    'bash caddy composer docker eclipse-mosquitto nats registry traefik vault consul kong k6 helm kubectl'
      .split(' ')
      .map((name) => [name, newestAlpine]),
  ),
  'r-base': moving.testing ?? { distribution: 'debian' },
  mysql: supposed({ distribution: 'oraclelinux', version: '9' }),
  amazoncorretto: supposed({ distribution: 'amzn', version: '2' }),
  amazonlinux: supposed({ distribution: 'amzn', version: '2023' }),
};

/** Official images whose name is that of their distribution, with the release in front of the tag. */
function ofDistribution(name: string, tag: string): BaseDistribution | undefined {
  const number = /^v?(\d+(?:\.\d+)?)/.exec(tag)?.[1];
  switch (name) {
    case 'debian':
      return number === undefined
        ? (moving[tag.split('-')[0] ?? ''] ?? supposed(debianRelease(newest.debian)))
        : debianOfNumber(number);
    case 'ubuntu':
      return number === undefined ? supposed(ubuntuRelease(newest.ubuntu)) : ubuntuRelease(number);
    case 'alpine':
      if (/^edge/.test(tag)) return { distribution: 'alpine', version: 'edge' };
      return number?.includes('.') === true ? { distribution: 'alpine', version: number } : newestAlpine;
    case 'fedora':
      return number === undefined
        ? supposed({ distribution: 'fedora', version: newest.fedora })
        : { distribution: 'fedora', version: number };
    case 'centos':
    case 'almalinux':
    case 'oraclelinux':
      return { distribution: name, ...versionOf(number) };
    case 'rockylinux':
      return { distribution: 'rocky', ...versionOf(number) };
    case 'amazonlinux':
      return { distribution: 'amzn', version: number ?? '2023' };
    case 'archlinux':
      return { distribution: 'arch' };
    default:
      return undefined;
  }
}

/** The distribution of the image; undefined where nothing in its name tells of one. */
export function distributionOfName({
  registry,
  repository,
  tag = 'latest',
}: ImageReference): BaseDistribution | undefined {
  const official = registry === 'docker.io' && repository.startsWith('library/');
  const name = repository.split('/').at(-1) ?? '';
  const suite = suiteIn(tag) ?? (official ? undefined : suiteIn(repository));
  if (suite !== undefined) return suite;
  const moved = tag.split('-').map((word) => (Object.hasOwn(moving, word) ? moving[word] : undefined));
  if (name === 'debian' || name === 'buildpack-deps') for (const found of moved) if (found !== undefined) return found;
  if (official) {
    const own = ofDistribution(name, tag);
    if (own !== undefined) return own;
  }
  // The tag says more of the system than the repository: `team/alpine-tools:ubuntu-24.04`.
  for (const text of official ? [tag] : [tag, repository])
    for (const [pattern, make] of written) {
      const match = pattern.exec(text);
      if (match !== null) return make(match[1]);
    }
  if (!official && /^(?:debian|ubuntu|alpine|fedora|centos)$/.test(name)) return ofDistribution(name, tag);
  for (const text of official ? [tag] : [tag, repository])
    for (const [pattern, found] of unnumbered) if (pattern.test(text)) return found;
  if (/^lambda\//.test(repository)) return supposed({ distribution: 'amzn', version: '2023' });
  const version = ordinal(tag);
  const rows = Object.hasOwn(byVersion, name) ? byVersion[name] : undefined;
  if (version !== undefined && rows !== undefined && /^(?:docker\.io|mcr\.microsoft\.com)$/.test(registry))
    return supposed(debianRelease(rows.find(([before]) => version < before)?.[1] ?? newest.debian));
  if (registry === 'mcr.microsoft.com' && /^(?:dotnet|devcontainers|vscode)\//.test(repository))
    return supposed(debianRelease('bookworm'));
  if (/(?:^|\/)jupyter\/|(?:^|\/)rocker\//.test(repository)) return supposed(ubuntuRelease('24.04'));
  return Object.hasOwn(usual, name) ? usual[name] : undefined;
}
