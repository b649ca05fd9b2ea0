/** What PyPI's JSON says of one release. */
import { unknownBytes } from './byte-range';
import { unpackedOfWheel } from './python-size';
import type { ReleaseSize } from './types';

const mostFiles = 2_000;
const mostRequirements = 1_000;
/** A wheel larger than this does not exist: PyPI's own limit is far below. Bytes. */
const largestFile = 20e9;

interface ReleaseFile {
  readonly name: string;
  readonly size: number;
}

/**
 * Reads `https://pypi.org/pypi/NAME/VERSION/json` (or `/pypi/NAME/json` for the newest release; the version is then empty). Undefined when it
 * is not that, or of another version. The size is that of the wheel pip would take on Linux x86-64 with the usual CPython; unpacked bytes
 * are an estimate from it. Never throws.
 */
export function readPypiRelease(json: unknown, version: string): ReleaseSize | undefined {
  const root = record(json);
  const information = record(root?.info);
  const found = information?.version;
  if (root === undefined || typeof found !== 'string' || found.length > 200) return undefined;
  if (version !== '' && normalizedVersion(found) !== normalizedVersion(version)) return undefined;
  const files = filesOf(root.urls);
  const wheel = chooseWheel(files.filter(({ name }) => name.endsWith('.whl')));
  const source = files.find(({ name }) => /\.(tar\.gz|tgz|zip)$/.test(name));
  const archive = wheel ?? source;
  const requires = Array.isArray(information?.requires_dist)
    ? information.requires_dist.filter(isShortText).slice(0, mostRequirements)
    : information?.requires_dist === null && wheel !== undefined
      ? []
      : undefined;
  const pure = wheel?.name.endsWith('-any.whl') ?? false;
  return {
    unpacked:
      archive === undefined
        ? unknownBytes
        : unpackedOfWheel(archive.size, wheel === undefined ? 'source' : pure ? 'pure' : 'platform'),
    archive: archive?.size ?? null,
    version: found,
    ...(requires !== undefined && { requires }),
    ...(wheel !== undefined && { pure }),
  };
}

function filesOf(value: unknown): readonly ReleaseFile[] {
  if (!Array.isArray(value)) return [];
  const files: ReleaseFile[] = [];
  for (const each of value.slice(0, mostFiles)) {
    const { filename, size } = record(each) ?? {};
    if (typeof filename !== 'string' || typeof size !== 'number') continue;
    if (Number.isFinite(size) && size > 0 && size < largestFile) files.push({ name: filename, size });
  }
  return files;
}

/** As pip prefers on Linux x86-64: a wheel of the newest usual CPython, the stable ABI, then one for every platform. */
function chooseWheel(wheels: readonly ReleaseFile[]): ReleaseFile | undefined {
  let best: ReleaseFile | undefined;
  let bestRank = -1;
  for (const wheel of wheels) {
    const rank = wheelRank(wheel.name);
    if (rank > bestRank) [best, bestRank] = [wheel, rank];
  }
  return best;
}

/** Higher is better; negative when Linux x86-64 cannot use it. */
export function wheelRank(name: string): number {
  const [python = '', , platform = ''] = name
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  if (platform === 'any') return /py2?\.?py3|py3/.test(python) ? 1 : 0;
  if (!/linux/.test(platform) || !/x86_64/.test(platform)) return -1;
  const libc = /musllinux/.test(platform) ? 0 : 0.5;
  const minor = /cp3(\d+)/.exec(python)?.[1];
  if (name.includes('-abi3-')) return 20 + libc;
  if (minor === undefined) return 10 + libc;
  // CPython 3.12 is the middle of those in use; wheels of its neighbours differ little.
  return 60 - Math.abs(Number(minor) - 12) * 2 + libc - (/t-/.test(name) ? 1 : 0);
}

/** The same release for every way of writing it, as far as trailing zeros and a leading `v` go (PEP 440). */
export function normalizedVersion(version: string): string {
  return version
    .trim()
    .toLowerCase()
    .replace(/^v/, '')
    .replace(/(?:\.0)+$/, '');
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length < 2_000;
}
