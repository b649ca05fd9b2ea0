/**
 * A distribution's index as one compact value: columns of text behind a header, cheap to keep, to hand between threads and to open.
 * The shipped data and the cache on disk have this form.
 */
import { readAlpineIndex, readPackages } from './distribution-parse';
import { PackedTable, packTable, readShape, type TableShape, tableLength } from './packed-table';
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

const MAGIC = 'strata-distribution 4\n';
/** Bytes: a suite of 70,000 packages has 60,000. */
const LONGEST_HEADER = 4_000_000;

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
  'exact',
  'updated',
  'installIf',
  'measured',
] as const;
type Column = (typeof COLUMNS)[number];

interface Header {
  readonly packages: TableShape;
  /** Names that packages provide, and which do. */
  readonly provided: TableShape;
  /** Packages that come along by themselves: the name, then what must be there for it. */
  readonly conditional: readonly (readonly string[])[];
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
      // Debian tells whole KiB, Alpine bytes.
      return of.installedSize % 1024 === 0 ? String(of.installedSize / 1024) : `${of.installedSize}B`;
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
    case 'exact':
      return (of.exact ?? []).join(' ');
    case 'updated':
      return of.updated === true ? '1' : '';
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

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One value of packages that are known already, as `packDistribution` makes it of files. Sizes are kept in KiB. */
export function packPackages(
  packages: Iterable<DistributionPackage>,
  about: { readonly family: 'debian' | 'alpine'; readonly indexes: readonly number[]; readonly releases: number },
): Uint8Array<ArrayBuffer> {
  const sorted = [...packages].sort((a, b) => byCodeUnits(a.name, b.name));
  const providers = new Map<string, string[]>();
  for (const { name, provides } of sorted)
    for (const one of provides) {
      const others = providers.get(one);
      if (others === undefined) providers.set(one, [name]);
      else others.push(name);
    }
  const main = packTable(
    sorted.map((of) => COLUMNS.map((column) => cell(column, of))),
    COLUMNS.length,
  );
  const provided = packTable(
    [...providers].sort(([a], [b]) => byCodeUnits(a, b)).map(([name, by]) => [name, by.join(' ')]),
    2,
  );
  const header: Header = {
    packages: main.shape,
    provided: provided.shape,
    conditional: sorted.flatMap(({ name, installIf = [] }) => (installIf.length > 0 ? [[name, ...installIf]] : [])),
    indexes: about.indexes,
    releases: about.releases,
    family: about.family,
  };
  const head = new TextEncoder().encode(`${MAGIC}${JSON.stringify(header)}\n`);
  const whole = new Uint8Array(head.length + main.bytes.length + provided.bytes.length);
  whole.set(head);
  whole.set(main.bytes, head.length);
  whole.set(provided.bytes, head.length + main.bytes.length);
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
        readPackages(file.text, packages, /-(updates|security)$/.test(file.suite));
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

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** The header and where the columns begin; undefined when the value is damaged. */
function readHeader(bytes: Uint8Array): { header: Header; start: number } | undefined {
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const end = bytes.indexOf(10, MAGIC.length);
  if (end < 0 || end > LONGEST_HEADER) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes.subarray(MAGIC.length, end)));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const said = value as Partial<Record<keyof Header, unknown>>;
  const { releases, indexes, family, conditional } = said;
  const packages = readShape(said.packages, COLUMNS.length);
  const provided = readShape(said.provided, 2);
  if (packages === undefined || provided === undefined || typeof releases !== 'number' || !isNumbers(indexes))
    return undefined;
  if (family !== 'debian' && family !== 'alpine') return undefined;
  if (!Array.isArray(conditional) || !conditional.every(isWords)) return undefined;
  if (end + 1 + tableLength(packages) + tableLength(provided) !== bytes.length) return undefined;
  return { header: { packages, provided, conditional, indexes, releases, family }, start: end + 1 };
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
  readonly conditional: readonly (readonly string[])[];
  private readonly made = new Map<string, DistributionPackage | undefined>();
  private readonly packages: PackedTable;
  private readonly provided: PackedTable;

  constructor(
    bytes: Uint8Array,
    header: Header,
    start: number,
    private readonly corrections: DistributionIndex | undefined,
  ) {
    this.packages = new PackedTable(bytes, start, header.packages);
    this.provided = new PackedTable(bytes, start + tableLength(header.packages), header.provided);
    this.conditional = header.conditional;
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

  find(name: string): DistributionPackage | undefined {
    if (this.made.has(name)) return this.made.get(name);
    const row = this.packages.row(name);
    const found = row < 0 ? undefined : this.make(row, name);
    this.made.set(name, found);
    return found;
  }

  private make(row: number, name: string): DistributionPackage {
    const at = (column: Column): string => this.packages.cell(COLUMNS.indexOf(column), row);
    const number = (column: Column, unit: number): number => (Number(at(column)) || 0) * unit;
    const installed = at('installed');
    const installedSize = installed.endsWith('B') ? Number.parseInt(installed, 10) || 0 : number('installed', 1024);
    const stanza = number('stanza', 32);
    const installIf = words(at('installIf'));
    const exact = words(at('exact'));
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
      ...(exact.length > 0 ? { exact } : {}),
      ...(at('updated') === '1' ? { updated: true } : {}),
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
    const row = this.provided.row(name);
    return row < 0 ? [] : words(this.provided.cell(1, row));
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
