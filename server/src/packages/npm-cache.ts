/**
 * What npm leaves beside the packages: its cache of archives (`cacache`: contents by digest and an index of one short file an entry), a
 * log of each run, and a lock file inside `node_modules`.
 */
import { t } from '../localize';
import type { LockedPackage } from './node-lock';
import { ranged, within } from './node-pool';
import { type PackageTree, totalOf, widened } from './node-tree';
import type { PackageIndexes, PackageRequest, SizeRange, WrittenPart } from './types';

/** One index entry: digests, URL twice, the headers that `make-fetch-happen` keeps; registries send more or fewer of these. Bytes. */
const indexEntry = { best: 620, low: 500, high: 800 };
/** The answer that lists a package's releases, as npm asks for it when a lock file leaves something out. Bytes; packages with thousands of releases have several megabytes. */
const releaseList = { best: 110_000, low: 18_000, high: 230_000, alone: 8_000, longest: 11_000_000 };

/** Lists of releases that a run fetches: the bytes of those that are known, and how many are not. */
export interface FetchedLists {
  readonly known: number;
  readonly knownBytes: number;
  readonly others: number;
}

/** What a run that fetched the archives adds to the cache. `label` tells what several runs add apart. */
export function cachePart(
  folder: string,
  label: string,
  tree: Pick<PackageTree, 'archives' | 'fetched'>,
  lists: FetchedLists,
): WrittenPart {
  const entries = tree.fetched + lists.known + lists.others;
  const parts: SizeRange[] = [
    widened(tree.archives, 0.04),
    ranged(entries * indexEntry.best, entries * indexEntry.low, entries * indexEntry.high, 'estimated'),
    // Registries answer npm's short question in short or in full, and lists grow with every release.
    within(lists.knownBytes, 0.02, 'computed'),
    listsOf(lists.others),
  ];
  return {
    path: `${folder}/_cacache`,
    kind: 'tree',
    size: totalOf(parts),
    files: 2 * entries,
    label: t('cache of npm: {0}', label),
  };
}

/** More lists than this are not fetched to know how long they are. */
const mostLists = 300;

/** The lists that npm fetches of packages whose releases are known, and what would tell how long they are. */
export function listsOfNames(
  names: readonly string[],
  indexes: PackageIndexes,
): { readonly lists: FetchedLists; readonly needs: readonly PackageRequest[] } {
  const needs: PackageRequest[] = [];
  let known = 0;
  let knownBytes = 0;
  for (const name of names) {
    const answer = indexes.npmReleases?.(name);
    if (answer?.state === 'ready') {
      known++;
      knownBytes += answer.value.bytes;
    } else if (answer?.state === 'pending' && names.length <= mostLists) needs.push({ kind: 'npm releases', name });
  }
  return { lists: { known, knownBytes, others: names.length - known }, needs };
}

/** So many lists of which nothing is known. */
export function listsOf(count: number): SizeRange {
  return ranged(
    count * releaseList.best,
    count * (count < 20 ? releaseList.alone : releaseList.low),
    count === 0 ? 0 : count * releaseList.high + releaseList.longest,
    'estimated',
  );
}

/**
 * The log of one run: a line for each package it knows of, more for each that it installs or whose list of releases it fetches. Bytes, as
 * npm 10 writes it.
 * `label` tells logs of several runs apart, which have names of their own.
 */
export function logPart(folder: string, label: string, known = 0, installed = 0, lists = 0): WrittenPart {
  const bytes = known === 0 ? 750 : 2600 + 85 * known + 255 * installed + 390 * lists;
  return {
    path: `${folder}/_logs`,
    kind: 'tree',
    size: ranged(bytes, bytes * 0.7, bytes * 1.4, 'estimated'),
    files: 1,
    label: t('log of npm: {0}', label),
  };
}

/** `node_modules/.package-lock.json`: the entries of what is installed, as the lock file has them. */
export function hiddenLockPart(folder: string, packages: readonly LockedPackage[]): WrittenPart {
  let bytes = 120;
  let known = true;
  for (const { entryBytes } of packages) {
    bytes += entryBytes ?? 420;
    known &&= entryBytes !== undefined;
  }
  const size = known
    ? ranged(bytes, bytes * 0.9, bytes * 1.1, 'computed')
    : ranged(bytes, bytes * 0.6, bytes * 1.5, 'estimated');
  return { path: `${folder}/node_modules/.package-lock.json`, kind: 'file', size, files: 1 };
}
