/**
 * Sizes of releases on the npm registry that come with Strata: made by `scripts/package-data/npm.mjs`, which installs the manifests beside
 * it and measures each package's folder and archive.
 */
import table from './data/npm-releases.json';
import { ranged } from './node-pool';
import type { ReleaseSize } from './types';

/** One release as it was measured. Bytes. */
export interface MeasuredRelease {
  readonly version: string;
  readonly unpacked: number;
  readonly archive: number;
  readonly files: number;
}

export interface ShippedRelease {
  /** `near`: another release of the package; the range says how far releases lie apart. */
  readonly match: 'same' | 'near';
  readonly size: ReleaseSize;
  /** The release that was measured. */
  readonly version: string;
}

/** ISO date on which the table was made. */
export const shippedDate: string = table.date;

interface Row {
  readonly releases: readonly MeasuredRelease[];
  readonly dependencies: readonly string[];
}

let lines:
  | { readonly names: readonly string[]; readonly rows: ReadonlyMap<string, number>; readonly text: readonly string[] }
  | undefined;
const rows = new Map<string, Row | undefined>();

/** Lines are split at the first question; a row is read when it is asked for. */
function rowOf(name: string): Row | undefined {
  if (lines === undefined) {
    const text = table.rows.split('\n');
    const names = text.map((line) => line.slice(0, line.indexOf('\t')));
    lines = { names, text, rows: new Map(names.map((each, index) => [each, index])) };
  }
  if (rows.has(name)) return rows.get(name);
  const index = lines.rows.get(name);
  const row = index === undefined ? undefined : readRow(lines.text[index] ?? '', lines.names);
  rows.set(name, row);
  return row;
}

function readRow(line: string, names: readonly string[]): Row {
  const [, releases = '', dependencies = ''] = line.split('\t');
  const number = (text: string | undefined): number => Number.parseInt(text ?? '', 36) || 0;
  return {
    releases: releases.split(' ').map((each) => {
      const [version = '', unpacked, archive, files] = each.split(':');
      return { version, unpacked: number(unpacked), archive: number(archive), files: number(files) };
    }),
    dependencies: dependencies === '' ? [] : dependencies.split(' ').map((each) => names[number(each)] ?? ''),
  };
}

/** `1.22.3-beta.1` as numbers; what is no number counts 0. */
export function versionNumbers(version: string): readonly [number, number, number] {
  const [major = '', minor = '', patch = ''] = version.replace(/^[v=]/, '').split(/[.+-]/);
  const number = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0);
  return [number(major), number(minor), number(patch)];
}

/** Negative when the left version is the older one, as far as its three numbers tell. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [versionNumbers(left), versionNumbers(right)];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function distance(left: string, right: string): number {
  const [a, b] = [versionNumbers(left), versionNumbers(right)];
  return (
    Math.abs(a[0] - b[0]) * 1e6 + Math.min(Math.abs(a[1] - b[1]), 999) * 1e3 + Math.min(Math.abs(a[2] - b[2]), 999)
  );
}

/**
 * How far the size of one release may lie from another's nine times in ten, as factors, by what they share of their numbers: as counted
 * over lock files of projects that the table was not made from.
 */
function spread(left: string, right: string): readonly [low: number, high: number] {
  const [a, b] = [versionNumbers(left), versionNumbers(right)];
  if (a[0] !== b[0]) return [0.4, 2.2];
  if (a[1] !== b[1]) return a[0] === 0 ? [0.5, 1.9] : [0.6, 1.5];
  return [0.9, 1.1];
}

/** The release, or the nearest one of the same package; undefined when the table does not have the package. */
export function shippedRelease(name: string, version: string): ShippedRelease | undefined {
  const row = rowOf(name);
  let best: MeasuredRelease | undefined;
  for (const release of row?.releases ?? []) {
    if (best === undefined || distance(release.version, version) < distance(best.version, version)) best = release;
  }
  if (best === undefined) return undefined;
  const same = best.version === version;
  const [low, high] = same ? [1, 1] : spread(best.version, version);
  return {
    match: same ? 'same' : 'near',
    version: best.version,
    size: {
      unpacked: ranged(best.unpacked, best.unpacked * low, best.unpacked * high, same ? 'computed' : 'estimated'),
      archive: best.archive === 0 ? null : best.archive,
      files: best.files,
    },
  };
}

/** The newest release in the table, and the names of what it depends on. */
export function newestShipped(
  name: string,
): { readonly version: string; readonly dependencies: readonly string[] } | undefined {
  const row = rowOf(name);
  const newest = row?.releases.reduce((best, each) => (compareVersions(each.version, best.version) > 0 ? each : best));
  return row === undefined || newest === undefined
    ? undefined
    : { version: newest.version, dependencies: row.dependencies };
}
