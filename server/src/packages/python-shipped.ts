/** The shipped table of Python packages: what the wheels of the most used ones really hold. */

import { computedBytes, exactBytes } from './byte-range';
import table from './data/pypi-wheels.json';
import type { ReleaseSize } from './types';

export interface ShippedRelease extends ReleaseSize {
  readonly version: string;
  readonly requires: readonly string[];
}

/** Day of the newest wheel that was looked into, ISO. */
export const shippedDate: string = table.date;
/** How many packages the table has. */
export const shippedCount: number = table.count;

let rows: ReadonlyMap<string, string> | undefined;

/** Rows are cut apart at first use and read one by one: starting costs nothing. */
function rowOf(name: string): string | undefined {
  rows ??= new Map(table.rows.split('\n').map((row) => [row.slice(0, row.indexOf('\t')), row]));
  return rows.get(name);
}

/** What the table knows of a package by its normalised name; one release of each, a Linux x86-64 wheel of CPython 3.11. */
export function shippedPython(name: string): ShippedRelease | undefined {
  const row = rowOf(name);
  if (row === undefined) return undefined;
  const [, version = '', archive, unpacked, bytecode, files, pure, requires = ''] = row.split('\t');
  return {
    version,
    archive: Number(archive),
    unpacked: exactBytes(Number(unpacked)),
    bytecode: computedBytes(Number(bytecode)),
    files: Number(files),
    pure: pure === '1',
    requires: requires === '' ? [] : requires.split('|'),
  };
}
