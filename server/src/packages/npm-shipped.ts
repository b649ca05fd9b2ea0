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

/** A package that another needs, and the release that it got. */
export interface ShippedNeed {
  readonly name: string;
  /** Absent: the newest in the table. */
  readonly version?: string;
}

interface Row {
  readonly releases: readonly MeasuredRelease[];
  /** For each release the numbers of rows and of releases in them, as the table writes them; `=`: as for the last one. */
  readonly needs: readonly string[];
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
  const row = index === undefined ? undefined : readRow(lines.text[index] ?? '');
  rows.set(name, row);
  return row;
}

function numberOf(text: string | undefined): number {
  return Number.parseInt(text ?? '', 36) || 0;
}

function readRow(line: string): Row {
  const [, releases = '', needs = ''] = line.split('\t');
  return {
    releases: releases.split(' ').map((each) => {
      const [version = '', unpacked, archive, files] = each.split(':');
      return { version, unpacked: numberOf(unpacked), archive: numberOf(archive), files: numberOf(files) };
    }),
    needs: needs.split('|'),
  };
}

function needOf(text: string): ShippedNeed {
  const [row, release] = text.split(':');
  const name = lines?.names[numberOf(row)] ?? '';
  const version = release === undefined ? undefined : rowOf(name)?.releases[numberOf(release)]?.version;
  return { name, ...(version !== undefined && { version }) };
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
  if (a[1] !== b[1]) return a[0] === 0 ? [0.5, 1.9] : [0.35, 1.5];
  return [0.82, 1.2];
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

/** The newest release in the table; undefined when it does not have the package. */
export function newestShipped(name: string): string | undefined {
  const releases = rowOf(name)?.releases ?? [];
  return releases.reduce<string | undefined>(
    (best, { version }) => (best === undefined || compareVersions(version, best) > 0 ? version : best),
    undefined,
  );
}

/** What a release needs, or the nearest one in the table does. */
export function shippedNeeds(name: string, version: string): readonly ShippedNeed[] {
  const row = rowOf(name);
  const nearest = shippedRelease(name, version)?.version;
  if (row === undefined || nearest === undefined) return [];
  const own = row.needs[row.releases.findIndex((each) => each.version === nearest)] ?? '';
  const needs = own === '=' ? (row.needs.at(-1) ?? '') : own;
  return needs === '' ? [] : needs.split(' ').map(needOf);
}
