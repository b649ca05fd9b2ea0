/** What the lock files of Node package managers say, whatever their form: which package lies in which folder and why. Plain data. */
import { t } from '../localize';
import { RecentReadings } from '../shell/recent';
import type { StageFiles } from './types';

/** Where a package comes from. `local`: a folder or archive of the project itself. */
export type PackageOrigin = 'registry' | 'git' | 'url' | 'local';

/** One folder of `node_modules` as the lock file wants it. */
export interface LockedPackage {
  /** Relative to the project: `node_modules/a/node_modules/b`. */
  readonly location: string;
  /** Name in the registry, also when an alias names its folder. */
  readonly name: string;
  readonly version: string;
  readonly origin: PackageOrigin;
  /** A symbolic link to a folder of the project: no bytes of its own. */
  readonly link: boolean;
  /** Its files lie in the archive of the package above it, whose size counts them. */
  readonly bundled: boolean;
  /** Only development dependencies need it. */
  readonly dev: boolean;
  /** Only optional dependencies need it: left out where the platform does not fit. */
  readonly optional: boolean;
  /** Needed by development and by optional dependencies only. */
  readonly devOptional: boolean;
  /** Only peer dependencies need it. */
  readonly peer: boolean;
  readonly installScript: boolean;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
  /** Bytes that the entry takes in `node_modules/.package-lock.json`; undefined when the form does not tell. */
  readonly entryBytes?: number;
  /** Folder that a link leads to, relative to the project. */
  readonly target?: string;
  /** Where the archive is fetched from, as far as the lock file says. */
  readonly resolved?: string;
}

/** Why a lock file does not tell the set of packages. */
export type LockProblem = 'not readable' | 'too large' | 'newer version' | 'none';

export type LockReading =
  | {
      readonly kind: 'lock';
      /** For people: `package-lock.json, version 3`. */
      readonly form: string;
      readonly packages: readonly LockedPackage[];
      /** npm asks the registry for what this form leaves out, and keeps the answers in its cache. */
      readonly incomplete: boolean;
    }
  | { readonly kind: 'problem'; readonly problem: LockProblem };

/** Larger files of a project are data, not descriptions of it, and are not read. Bytes. */
export const maximumTextBytes = 16_000_000;

/** Longer texts are not read: UTF-16 units. */
export const maximumLockLength = 64_000_000;
/** More packages than this are no project. */
export const maximumPackages = 50_000;

/** A reader that remembers the last texts it read. A lock file is long and rarely changes while a Dockerfile is edited. */
export function rememberingReader<Reading>(
  read: (text: string) => Reading,
): (text: string) => Reading | { readonly kind: 'problem'; readonly problem: 'too large' } {
  const short = new RecentReadings(read, 16);
  const recent: { text: string; reading: Reading }[] = [];
  return (text) => {
    if (text.length > maximumLockLength) return { kind: 'problem', problem: 'too large' };
    if (text.length <= 20_000) return short.get(text);
    const known = recent.find((each) => each.text === text);
    if (known !== undefined) return known.reading;
    const reading = read(text);
    recent.unshift({ text, reading });
    recent.length = Math.min(recent.length, 6);
    return reading;
  };
}

/** True when a lock file without a text lies there, and is larger than what is read. */
export function isTooLarge(path: string, files: StageFiles): boolean {
  return files.exists(path) === true && files.sizeOf(path).low > maximumTextBytes;
}

/** Why nothing is known of a lock file, localised. */
export function lockProblem(name: string, problem: (LockReading & { readonly kind: 'problem' })['problem']): string {
  switch (problem) {
    case 'newer version':
      return t('{0} is of a version that Strata does not know.', name);
    case 'too large':
      return t('{0} is too large to be read.', name);
    case 'not readable':
    case 'none':
      return t('{0} cannot be read as a lock file.', name);
  }
}

/** The object, or undefined for arrays, null and everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** The strings of an array, or of a single string; at most 100. */
export function namesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string').slice(0, 100) : [];
}

/** A string that is not absurdly long. */
export function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 2000 ? value : undefined;
}

/** A package's name as the registry allows it; nothing else may become part of a path. */
export function isPackageName(name: string): boolean {
  return name.length <= 214 && /^(?:@[\w.~!'()*-]+\/)?[\w.~!'()*-]+$/.test(name) && !/(?:^|\/)\.{1,2}$/.test(name);
}

/** UTF-8 length. Bytes. */
export function bytesOf(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
