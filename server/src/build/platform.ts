/** Platforms and the arguments that BuildKit defines by itself. */
import type { EnvironmentEntry } from './types';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

const architectureAliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  i386: '386',
};

/** Reads `os/architecture[/variant]` (containerd platforms.Parse); a lone `linux` or `arm64` fills the rest with `linux` and `amd64`. */
export function parsePlatform(text: string): Platform {
  const [first = '', second, third] = text.trim().toLowerCase().split('/');
  const normalise = (name: string) => architectureAliases[name] ?? name;
  if (second === undefined) {
    const isSystem = first === 'linux' || first === 'windows' || first === 'darwin' || first === 'freebsd';
    return isSystem
      ? { os: first, architecture: 'amd64', variant: '' }
      : { os: 'linux', architecture: normalise(first), variant: '' };
  }
  const architecture = normalise(second);
  // arm64's only variant in use is v8, and platforms.Normalize leaves it out.
  const variant = architecture === 'arm64' && third === 'v8' ? '' : (third ?? (architecture === 'arm' ? 'v7' : ''));
  return { os: first, architecture, variant };
}

/** `linux/arm/v7` and the like. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== '').join('/');
}

/** One text for all ways to write a platform; one that expands to nothing stays so. */
export function canonicalPlatform(text: string): string {
  return text.trim() === '' ? text : formatPlatform(parsePlatform(text));
}

/**
 * The automatic arguments of the global scope (dockerfile2llb/platform.go: defaultArgs). The build platform is taken to be the target
 * platform, as BuildKit does unless told otherwise. Build arguments override them.
 */
export function automaticArguments(
  platform: Platform,
  targetStage: string,
  buildArguments: Readonly<Record<string, string>>,
): readonly EnvironmentEntry[] {
  const text = formatPlatform(platform);
  const defaults: readonly (readonly [string, string])[] = [
    ['BUILDPLATFORM', text],
    ['BUILDOS', platform.os],
    ['BUILDOSVERSION', ''],
    ['BUILDARCH', platform.architecture],
    ['BUILDVARIANT', platform.variant],
    ['TARGETPLATFORM', text],
    ['TARGETOS', platform.os],
    ['TARGETOSVERSION', ''],
    ['TARGETARCH', platform.architecture],
    ['TARGETVARIANT', platform.variant],
    ['TARGETSTAGE', targetStage === '' ? 'default' : targetStage],
  ];
  return defaults.map(([name, value]) => ({ name, value: buildArguments[name] ?? value }));
}
