/** The system that a stage's commands run on, as far as its base image's facts or name tell. */
import { type BaseDistribution, debianRelease, distributionOfName, ubuntuRelease } from '../images/base-distribution';
import { parseReference } from '../images/reference';
import type { ImageFacts } from '../images/types';
import type { StageSystem } from '../packages/types';

const redHatFamily: readonly (readonly [RegExp, string])[] = [
  [/^Fedora/, 'fedora'],
  [/^Red Hat/, 'rhel'],
  [/^CentOS/, 'centos'],
  [/^Rocky/, 'rocky'],
  [/^Alma/, 'almalinux'],
  [/^Oracle/, 'oraclelinux'],
];

/** From the name that `images/operating-system` gives. */
function ofOperatingSystem(os: string): BaseDistribution | undefined {
  const codename = /^Debian.*\(([a-z]+)\)/.exec(os)?.[1];
  if (codename !== undefined) return debianRelease(codename);
  const [, number] = /(\d+(?:\.\d+)?)/.exec(os) ?? [];
  if (os.startsWith('Debian')) return { distribution: 'debian', ...(number === undefined ? {} : { version: number }) };
  if (os.startsWith('Ubuntu')) return number === undefined ? { distribution: 'ubuntu' } : ubuntuRelease(number);
  if (os.startsWith('Alpine')) return { distribution: 'alpine', ...(number === undefined ? {} : { version: number }) };
  const family = redHatFamily.find(([pattern]) => pattern.test(os))?.[1];
  return family === undefined
    ? undefined
    : { distribution: family, ...(number === undefined ? {} : { version: number }) };
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
  const known = [name, name.split('/')[0] ?? ''].find((each) => Object.hasOwn(architectures, each));
  return known === undefined ? name : (architectures[known] ?? name);
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
  const told = image?.os === undefined ? undefined : ofOperatingSystem(image.os);
  const named = parsed.kind === 'ok' ? distributionOfName(parsed.reference) : undefined;
  // An image that is known may tell the distribution without its release, which its name tells.
  const both =
    told !== undefined && named?.distribution === told.distribution ? { ...named, ...told } : (told ?? named);
  const { supposed, ...distribution } = both ?? {};
  const guessed = supposed === true && told?.version === undefined && told?.codename === undefined;
  return {
    ...distribution,
    architecture,
    baseReference: reference,
    ...(official ? { official: true } : {}),
    ...(guessed ? { supposed: true } : {}),
  };
}
