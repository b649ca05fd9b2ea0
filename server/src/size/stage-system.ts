/** The system that a stage's commands run on, as far as its base image's facts or name tell. */
import { parseReference } from '../images/reference';
import type { ImageFacts } from '../images/types';
import type { StageSystem } from '../packages/types';

interface Distribution {
  readonly distribution: string;
  readonly version?: string;
  readonly codename?: string;
}

const debianVersions: Readonly<Record<string, string>> = {
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};

const ubuntuCodenames: Readonly<Record<string, string>> = {
  '18.04': 'bionic',
  '20.04': 'focal',
  '22.04': 'jammy',
  '24.04': 'noble',
  '25.04': 'plucky',
  '25.10': 'questing',
  '26.04': 'resolute',
};

const redHatFamily: readonly (readonly [RegExp, string])[] = [
  [/^Fedora/, 'fedora'],
  [/^Red Hat/, 'rhel'],
  [/^CentOS/, 'centos'],
  [/^Rocky/, 'rocky'],
  [/^Alma/, 'almalinux'],
  [/^Oracle/, 'oraclelinux'],
];

function debian(codename: string): Distribution {
  const version = debianVersions[codename];
  return { distribution: 'debian', codename, ...(version === undefined ? {} : { version }) };
}

function ubuntu(version: string): Distribution {
  const codename = ubuntuCodenames[version];
  return { distribution: 'ubuntu', version, ...(codename === undefined ? {} : { codename }) };
}

/** From the name that `images/operating-system` gives. */
function ofOperatingSystem(os: string): Distribution | undefined {
  const codename = /^Debian.*\(([a-z]+)\)/.exec(os)?.[1];
  if (codename !== undefined) return debian(codename);
  const [, number] = /(\d+(?:\.\d+)?)/.exec(os) ?? [];
  if (os.startsWith('Debian')) return { distribution: 'debian', ...(number === undefined ? {} : { version: number }) };
  if (os.startsWith('Ubuntu')) return number === undefined ? { distribution: 'ubuntu' } : ubuntu(number);
  if (os.startsWith('Alpine')) return { distribution: 'alpine', ...(number === undefined ? {} : { version: number }) };
  const family = redHatFamily.find(([pattern]) => pattern.test(os))?.[1];
  return family === undefined
    ? undefined
    : { distribution: family, ...(number === undefined ? {} : { version: number }) };
}

/** From a tag of an official image: these name their distribution there, and stand on Debian when they do not. */
function ofTag(name: string, tag: string): Distribution | undefined {
  const codename = Object.keys(debianVersions).find((known) => tag.split('-').includes(known));
  if (codename !== undefined) return debian(codename);
  const alpine = /(?:^|-)alpine(\d+\.\d+)?(?:-|$)/.exec(tag);
  if (alpine !== null) return { distribution: 'alpine', ...(alpine[1] === undefined ? {} : { version: alpine[1] }) };
  const ubuntuName = Object.entries(ubuntuCodenames).find(([, known]) => tag.split('-').includes(known));
  if (ubuntuName !== undefined) return ubuntu(ubuntuName[0]);
  const number = /^(\d+(?:\.\d+)?)/.exec(tag)?.[1];
  const version = number === undefined ? {} : { version: number };
  switch (name) {
    case 'debian': {
      const known = Object.entries(debianVersions).find(([, release]) => release === number?.split('.')[0]);
      return known === undefined ? { distribution: 'debian', ...version } : debian(known[0]);
    }
    case 'ubuntu':
      return number === undefined ? { distribution: 'ubuntu' } : ubuntu(number);
    case 'alpine':
    case 'fedora':
    case 'centos':
    case 'almalinux':
    case 'oraclelinux':
      return { distribution: name, ...version };
    case 'rockylinux':
      return { distribution: 'rocky', ...version };
    default:
      return undefined;
  }
}

const architectures: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  arm64: 'arm64',
  'arm/v7': 'armhf',
  'arm/v6': 'armel',
  arm: 'armhf',
  '386': 'i386',
  ppc64le: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** Debian's name of a platform's architecture; `linux/amd64` is `amd64`. */
function architectureOf(platform: string): string {
  const name = platform.split('/').slice(1).join('/');
  return architectures[name] ?? architectures[name.split('/')[0] ?? ''] ?? name;
}

/** The system of a stage that stands on an image; of `scratch` when there is none. `image`: what is known of it. */
export function stageSystem(
  reference: string | undefined,
  image: ImageFacts | undefined,
  platform: string,
): StageSystem {
  const architecture = architectureOf(platform);
  if (reference === undefined) return { architecture };
  const parsed = parseReference(reference);
  const official =
    parsed.kind === 'ok' &&
    parsed.reference.registry === 'docker.io' &&
    parsed.reference.repository.startsWith('library/');
  const name = parsed.kind === 'ok' ? (parsed.reference.repository.split('/').at(-1) ?? '') : '';
  const told = image?.os === undefined ? undefined : ofOperatingSystem(image.os);
  const distribution = told ?? (parsed.kind === 'ok' ? ofTag(name, parsed.reference.tag ?? 'latest') : undefined);
  return { ...distribution, architecture, baseReference: reference, ...(official ? { official: true } : {}) };
}
