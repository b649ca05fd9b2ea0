/**
 * A distribution's index as one compact value: columns of text behind a header, cheap to keep, to hand between threads and to open.
 * The shipped data and the cache on disk have this form.
 */
import { readAlpineIndex, readPackages } from './distribution-parse';
import type { DistributionIndex, DistributionPackage, PackageContents, SizeRange } from './types';

/** A file of a distribution as its mirror has it. */
export interface DistributionFile {
  readonly url: string;
  readonly kind: 'packages' | 'apkindex' | 'release';
  /** `bookworm`, `bookworm-updates`, `bookworm-security`. */
  readonly suite: string;
  readonly component: string;
  readonly text: string;
}

const MAGIC = 'strata-distribution 1\n';
const COLUMNS = [
  'name',
  'version',
  'installed',
  'archive',
  'depends',
  'recommends',
  'provides',
  'conflicts',
  'priority',
  'stanza',
  'installIf',
  'measured',
] as const;
type Column = (typeof COLUMNS)[number];

interface Header {
  readonly count: number;
  /** Bytes of each column. */
  readonly lengths: readonly number[];
  /** Bytes that `update` leaves: of indexes uncompressed, of release files. */
  readonly indexes: readonly number[];
  readonly releases: number;
  /** Of the index files: `debian` or `alpine`, which are kept differently. */
  readonly family: 'debian' | 'alpine';
}

const PRIORITIES: Readonly<Record<string, string>> = {
  required: 'q',
  important: 'i',
  standard: 's',
  optional: '',
  extra: 'e',
};
const PRIORITY_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(PRIORITIES).map(([name, code]) => [code, name]),
);

const groups = (relations: readonly (readonly string[])[]): string =>
  relations.map((names) => names.join('|')).join(',');

const measuredText = (contents: PackageContents | undefined): string =>
  contents === undefined
    ? ''
    : [contents.files, contents.documentation, contents.python, contents.database]
        .map((value) => (value === 0 ? '' : String(value)))
        .join(' ');

function cell(column: Column, of: DistributionPackage): string {
  switch (column) {
    case 'name':
      return of.name;
    case 'version':
      return of.version;
    case 'installed':
      return String(Math.round(of.installedSize / 1024));
    case 'archive':
      return String(Math.round(of.archiveSize / 1024));
    case 'depends':
      return groups(of.depends);
    case 'recommends':
      return groups(of.recommends);
    case 'provides':
      return of.provides.join(' ');
    case 'conflicts':
      return of.conflicts.join(' ');
    case 'priority':
      return PRIORITIES[of.priority] ?? '';
    case 'stanza':
      return of.stanzaSize === undefined ? '' : String(Math.round(of.stanzaSize / 32));
    case 'installIf':
      return (of.installIf ?? []).join(' ');
    case 'measured':
      return measuredText(of.measured);
    default: {
      const never: never = column;
      return never;
    }
  }
}

/** One value of packages that are known already, as `packDistribution` makes it of files. Sizes are kept in KiB. */
export function packPackages(
  packages: Iterable<DistributionPackage>,
  about: { readonly family: 'debian' | 'alpine'; readonly indexes: readonly number[]; readonly releases: number },
): Uint8Array<ArrayBuffer> {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const encoder = new TextEncoder();
  const columns = COLUMNS.map((column) =>
    encoder.encode(sorted.map((of) => cell(column, of).replaceAll('\n', ' ')).join('\n')),
  );
  const header: Header = {
    count: sorted.length,
    lengths: columns.map((column) => column.length),
    indexes: about.indexes,
    releases: about.releases,
    family: about.family,
  };
  const head = encoder.encode(`${MAGIC}${JSON.stringify(header)}\n`);
  const whole = new Uint8Array(head.length + columns.reduce((sum, column) => sum + column.length, 0));
  whole.set(head);
  let offset = head.length;
  for (const column of columns) {
    whole.set(column, offset);
    offset += column.length;
  }
  return whole;
}

/** One value of all index files of a distribution; of several versions of a package the newest is kept. Never throws for any text. */
export function packDistribution(files: readonly DistributionFile[]): Uint8Array<ArrayBuffer> {
  const packages = new Map<string, DistributionPackage>();
  const indexes: number[] = [];
  let releases = 0;
  let family: Header['family'] = 'debian';
  for (const file of files)
    switch (file.kind) {
      case 'packages':
        indexes.push(file.text.length);
        readPackages(file.text, packages);
        break;
      case 'apkindex':
        family = 'alpine';
        indexes.push(file.text.length);
        readAlpineIndex(file.text, packages);
        break;
      case 'release':
        releases += file.text.length;
        break;
      default: {
        const never: never = file.kind;
        return never;
      }
    }
  return packPackages(packages.values(), { family, indexes, releases });
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number' && Number.isFinite(one) && one >= 0);
}

/** The header and where the columns begin; undefined when the value is damaged. */
function readHeader(bytes: Uint8Array): { header: Header; start: number } | undefined {
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const end = bytes.indexOf(10, MAGIC.length);
  if (end < 0 || end > 10_000) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes.subarray(MAGIC.length, end)));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { count, lengths, indexes, releases, family } = value as Partial<Record<keyof Header, unknown>>;
  if (typeof count !== 'number' || typeof releases !== 'number' || !isNumbers(lengths) || !isNumbers(indexes))
    return undefined;
  if (lengths.length !== COLUMNS.length || (family !== 'debian' && family !== 'alpine')) return undefined;
  if (end + 1 + lengths.reduce((sum, length) => sum + length, 0) !== bytes.length) return undefined;
  return { header: { count, lengths, indexes, releases, family }, start: end + 1 };
}

const words = (text: string): string[] => (text === '' ? [] : text.split(' '));
const alternatives = (text: string): string[][] =>
  text === '' ? [] : text.split(',').map((group) => group.split('|'));

function contents(text: string): PackageContents | undefined {
  if (text === '') return undefined;
  const [files = 0, documentation = 0, python = 0, database = 0] = text.split(' ').map((word) => Number(word) || 0);
  return { files, documentation, python, database };
}

/**
 * What `apt-get update` leaves in `/var/lib/apt/lists` with `Acquire::GzipIndexes`: the release files as they are, the indexes
 * compressed by lz4. Measured: a whole suite takes 0.367 to 0.376 of its text, the small ones of updates 0.28 to 0.36.
 */
function compressedLists(indexes: readonly number[], releases: number): SizeRange {
  let bytes = releases;
  let width = 0;
  for (const size of indexes) {
    const large = size > 10_000_000;
    bytes += size * (large ? 0.3717 : 0.295);
    width += size * (large ? 0.01 : 0.05);
  }
  return {
    bytes: Math.round(bytes),
    low: Math.max(0, Math.round(bytes - width)),
    high: Math.round(bytes + width),
    basis: 'computed',
  };
}

class PackedIndex implements DistributionIndex {
  readonly listsSize: SizeRange;
  /** Bytes of the index files as `update` leaves them when it does not compress. */
  readonly plainListsSize: number;
  private readonly columns = new Map<Column, readonly string[]>();
  private readonly made = new Map<string, DistributionPackage | undefined>();
  private provided: Map<string, string[]> | undefined;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly header: Header,
    private readonly start: number,
    private readonly corrections: DistributionIndex | undefined,
  ) {
    this.plainListsSize = header.indexes.reduce((sum, size) => sum + size, header.releases);
    this.listsSize =
      header.family === 'debian'
        ? compressedLists(header.indexes, header.releases)
        : {
            bytes: Math.round(this.plainListsSize * 0.27),
            low: Math.round(this.plainListsSize * 0.2),
            high: Math.round(this.plainListsSize * 0.35),
            basis: 'estimated',
          };
  }

  private column(name: Column): readonly string[] {
    const found = this.columns.get(name);
    if (found !== undefined) return found;
    const position = COLUMNS.indexOf(name);
    const from = this.start + this.header.lengths.slice(0, position).reduce((sum, length) => sum + length, 0);
    const text = new TextDecoder().decode(this.bytes.subarray(from, from + (this.header.lengths[position] ?? 0)));
    const cells = text.split('\n');
    this.columns.set(name, cells);
    return cells;
  }

  /** Row of a name, which are sorted; -1 when there is none. */
  private row(name: string): number {
    const names = this.column('name');
    let low = 0;
    let high = names.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = names[middle] ?? '';
      if (there === name) return middle;
      if (there < name) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  find(name: string): DistributionPackage | undefined {
    if (this.made.has(name)) return this.made.get(name);
    const row = name === '' ? -1 : this.row(name);
    const found = row < 0 ? undefined : this.make(row, name);
    this.made.set(name, found);
    return found;
  }

  private make(row: number, name: string): DistributionPackage {
    const at = (column: Column): string => this.column(column)[row] ?? '';
    const number = (column: Column, unit: number): number => (Number(at(column)) || 0) * unit;
    const installedSize = number('installed', 1024);
    const stanza = number('stanza', 32);
    const installIf = words(at('installIf'));
    const measured = contents(at('measured')) ?? this.corrected(name, installedSize);
    return {
      name,
      version: at('version'),
      installedSize,
      archiveSize: number('archive', 1024),
      depends: alternatives(at('depends')),
      recommends: alternatives(at('recommends')),
      provides: words(at('provides')),
      conflicts: words(at('conflicts')),
      priority: PRIORITY_OF.get(at('priority')) ?? 'optional',
      ...(stanza > 0 ? { stanzaSize: stanza } : {}),
      ...(installIf.length > 0 ? { installIf } : {}),
      ...(measured === undefined ? {} : { measured }),
    };
  }

  /** What was counted in another version's archive, in proportion. */
  private corrected(name: string, installedSize: number): PackageContents | undefined {
    const other = this.corrections?.find(name);
    if (other?.measured === undefined || other.installedSize === 0) return undefined;
    const ratio = installedSize / other.installedSize;
    if (ratio < 0.5 || ratio > 2) return undefined;
    const { files, documentation, python, database } = other.measured;
    return {
      files: Math.round(files * ratio),
      documentation: Math.round(documentation * ratio),
      python: Math.round(python * ratio),
      database,
    };
  }

  providers(name: string): readonly string[] {
    this.provided ??= this.invert();
    return this.provided.get(name) ?? [];
  }

  private invert(): Map<string, string[]> {
    const all = new Map<string, string[]>();
    const names = this.column('name');
    this.column('provides').forEach((text, row) => {
      const provider = names[row];
      if (text === '' || provider === undefined) return;
      for (const name of text.split(' ')) {
        const others = all.get(name);
        if (others === undefined) all.set(name, [provider]);
        else others.push(provider);
      }
    });
    return all;
  }
}

/**
 * The index of a packed value; columns are read when first needed. Undefined when the value is damaged.
 * @param corrections an index with measured contents: its figures stand in, in proportion, where this one has none
 */
export function openDistribution(bytes: Uint8Array, corrections?: DistributionIndex): DistributionIndex | undefined {
  const read = readHeader(bytes);
  return read === undefined ? undefined : new PackedIndex(bytes, read.header, read.start, corrections);
}
