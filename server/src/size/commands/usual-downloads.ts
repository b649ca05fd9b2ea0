/**
 * How large a download is that nobody has asked the server about: releases that are known by their name, else what files of its kind usually
 * take. The limits hold nine in ten of a kind; docs/size-model.md says what each was measured on.
 */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import type { SizeRange } from '../../packages/types';
import { formatBytes } from '../format';
import { between } from './estimates';

type Triple = readonly [low: number, best: number, high: number];

interface Release {
  readonly name: RegExp;
  /** Bytes of the download. */
  readonly size: Triple;
  /** Bytes of what is in it; absent: going by the archive's size. */
  readonly unpacked?: Triple;
}

const k = 1_000;
const m = 1_000_000;

/** Programs that many Dockerfiles fetch, by the name of the file. The sizes are those of their releases of the last ten years. */
const releases: readonly Release[] = [
  {
    name: /^node-v(?:18|19|2[0-4])\.[\d.]+-linux-(?:x64|arm64)\.tar\.[gx]z$/,
    size: [24 * m, 32 * m, 60 * m],
    unpacked: [140 * m, 165 * m, 205 * m],
  },
  {
    name: /^node-v(?:1[6-9]|[2-9]\d)\.\S*-linux-\S+\.tar\.[gx]z$/,
    size: [20 * m, 30 * m, 62 * m],
    unpacked: [85 * m, 180 * m, 245 * m],
  },
  { name: /^node-v\S*-linux-\S+\.tar\.[gx]z$/, size: [8 * m, 16 * m, 34 * m], unpacked: [34 * m, 70 * m, 125 * m] },
  { name: /^yarn-v1\.\S*\.tar\.gz$/, size: [1.1 * m, 1.25 * m, 1.4 * m], unpacked: [4.8 * m, 5.3 * m, 5.8 * m] },
  { name: /^go1\.\d+\S*\.src\.tar\.gz$/, size: [9 * m, 22 * m, 36 * m], unpacked: [40 * m, 90 * m, 150 * m] },
  {
    name: /^go1\.\S*\.linux-\w+\.tar\.gz$/,
    size: [56 * m, 98 * m, 155 * m],
    unpacked: [180 * m, 300 * m, 520 * m],
  },
  {
    name: /jdk\S*(?:linux|x64)\S*\.tar\.gz$/i,
    size: [100 * m, 190 * m, 220 * m],
    unpacked: [190 * m, 325 * m, 410 * m],
  },
  { name: /jre\S*(?:linux|x64)\S*\.tar\.gz$/i, size: [38 * m, 48 * m, 90 * m], unpacked: [95 * m, 130 * m, 220 * m] },
  { name: /^apache-maven-3\S*-bin\.tar\.gz$/, size: [8 * m, 9.1 * m, 9.8 * m], unpacked: [9 * m, 10.3 * m, 11.5 * m] },
  { name: /^gradle-\S*-bin\.zip$/, size: [60 * m, 115 * m, 155 * m], unpacked: [70 * m, 130 * m, 175 * m] },
  { name: /^firefox-\S*\.tar\.(?:bz2|xz)$/, size: [50 * m, 72 * m, 110 * m], unpacked: [140 * m, 220 * m, 330 * m] },
  { name: /^tor-browser-\S*\.tar\.xz$/, size: [58 * m, 85 * m, 135 * m], unpacked: [150 * m, 225 * m, 380 * m] },
  { name: /^docker-\d\S*\.tgz$/, size: [38 * m, 65 * m, 85 * m], unpacked: [120 * m, 190 * m, 260 * m] },
  { name: /^terraform_\S*_linux_\w+\.zip$/, size: [10 * m, 20 * m, 32 * m], unpacked: [35 * m, 70 * m, 110 * m] },
  { name: /^protoc-\S*linux\S*\.zip$/, size: [1.3 * m, 1.7 * m, 3.6 * m], unpacked: [3.5 * m, 5.5 * m, 13 * m] },
  {
    name: /^dotnet-sdk-\S*linux\S*\.tar\.gz$/,
    size: [110 * m, 200 * m, 270 * m],
    unpacked: [280 * m, 560 * m, 900 * m],
  },
  {
    name: /^aspnetcore-runtime-\S*linux\S*\.tar\.gz$/,
    size: [32 * m, 43 * m, 58 * m],
    unpacked: [84 * m, 104 * m, 150 * m],
  },
  {
    name: /^dotnet-runtime-\S*linux\S*\.tar\.gz$/,
    size: [22 * m, 31 * m, 40 * m],
    unpacked: [60 * m, 73 * m, 95 * m],
  },
  { name: /^PowerShell\.Linux\.\S*\.nupkg$/, size: [40 * m, 66 * m, 95 * m] },
  { name: /^kubectl$/, size: [38 * m, 48 * m, 62 * m] },
  { name: /^(?:gosu|su-exec)-\w+$/, size: [1.1 * m, 2.2 * m, 2.8 * m] },
  { name: /^tini(?:-\w+)*$/, size: [9 * k, 24 * k, 900 * k] },
  { name: /^dumb-init_?\S*$/, size: [7 * k, 50 * k, 900 * k] },
  { name: /^(?:docker-compose|compose)-linux-\w+$/i, size: [9 * m, 40 * m, 80 * m] },
];

/** The release that a file is by its name. */
export function knownRelease(name: string): Release | undefined {
  return releases.find((release) => release.name.test(name));
}

/** Bytes of what is in an archive that is known by its name. */
export function unpackedRelease(name: string): SizeRange | undefined {
  const unpacked = knownRelease(name)?.unpacked;
  return unpacked === undefined ? undefined : between(...unpacked);
}

interface Kind {
  matches(address: string, name: string): boolean;
  readonly size: Triple;
  /** Localised. */
  describe(): string;
}

const archive = /\.(?:tar(?:\.\w{1,4})?|t[gbx]z2?|tbz|zip|7z)$/i;
const platform = /linux|amd64|x86[_-]?64|x64|i[36]86|arm64|aarch64|armv?\d|musl|64-?bit|static|[-_.]bin(?:ary)?\b/i;

const someArchive: Kind = {
  matches: (_address, name) => archive.test(name),
  size: [20 * k, 2.5 * m, 120 * m],
  describe: () => t('an archive'),
};

/** What is put into a folder of programs: scripts as well as programs that carry a runtime. */
const programOrScript: Kind = {
  matches: () => false,
  size: [1 * k, 4 * m, 75 * m],
  describe: () => t('a program or script'),
};

/** The first that matches counts. */
const kinds: readonly Kind[] = [
  {
    // 1,293 scripts and 1,566 files of settings in public repositories: nine in ten of them at most 18 kB and 6 kB.
    matches: (_address, name) =>
      /\.(?:sh|bash|zsh|py|pl|rb|lua|el|lisp|vim|conf|cfg|ini|ya?ml|toml|service|env|list|sources|repo|patch|diff)$/i.test(
        name,
      ),
    size: [100, 3 * k, 60 * k],
    describe: () => t('a script or settings'),
  },
  {
    matches: (_address, name) => /\.(?:txt|md|json|xml|html?|css|js|sql|csv|tsv|dat|hosts)$/i.test(name),
    size: [200, 10 * k, 1.5 * m],
    describe: () => t('a text'),
  },
  {
    matches: (_address, name) => /\.(?:deb|rpm|apk)$/i.test(name),
    size: [20 * k, 12 * m, 140 * m],
    describe: () => t('a package that its maker offers'),
  },
  {
    matches: (_address, name) => /\.(?:jar|war|ear)$/i.test(name),
    size: [20 * k, 900 * k, 45 * m],
    describe: () => t('a Java archive'),
  },
  {
    matches: (_address, name) => /\.(?:exe|msi|run|appimage|dmg|pkg)$/i.test(name),
    size: [1 * m, 35 * m, 250 * m],
    describe: () => t('an installer'),
  },
  {
    matches: (_address, name) => /\.(?:gem|whl|crate|phar|vsix|xpi|nupkg)$/i.test(name),
    size: [10 * k, 400 * k, 70 * m],
    describe: () => t('a package'),
  },
  {
    matches: (_address, name) => /\.(?:ttf|otf|woff2?|png|jpe?g|svg|gif|ico|ttc)$/i.test(name),
    size: [2 * k, 90 * k, 3 * m],
    describe: () => t('a font or picture'),
  },
  {
    // 5,536 source archives of programs in C and C++ in Debian 12.
    matches: (address, name) =>
      archive.test(name) &&
      !platform.test(address) &&
      /\/archive\/|\/tarball\/|\/zipball\/|codeload|sourceforge|gnu\.org|ftp\.|kernel\.org|[-_.](?:src|source)\b|\/(?:src|source)\//i.test(
        address,
      ),
    size: [20 * k, 500 * k, 20 * m],
    describe: () => t('an archive of sources'),
  },
  {
    matches: (address, name) => archive.test(name) && platform.test(address),
    size: [400 * k, 12 * m, 160 * m],
    describe: () => t('an archive of a program'),
  },
  someArchive,
  {
    // 343 programs of Debian 12 that were built from Go take 1.8 to 44 MB, 6,156 compiled ones 0.04 to 10.5 MB.
    matches: (address, name) =>
      !/\.\w*[a-z]\w*$/i.test(name.replace(/[-_.](?:amd64|x86_64|arm64|aarch64|x64|linux)\S*$/i, '')) &&
      platform.test(address),
    size: [200 * k, 8 * m, 75 * m],
    describe: () => t('a program'),
  },
  {
    matches: (address, name) =>
      /raw\.github|githubusercontent\.com|\/raw\/|gist\.|install|setup|get\./i.test(address) && !/\.\w+$/.test(name),
    size: [100, 6 * k, 2 * m],
    describe: () => t('a text'),
  },
];

/** What a command does with a download tells its kind where the address does not. */
export interface DownloadUse {
  /** Absolute path that it is written to. */
  readonly path?: string | undefined;
  /** tar reads it. */
  readonly unpacked?: boolean;
}

const programFolder = /^\/(?:usr\/(?:local\/)?)?s?bin\//;

/** Where it goes: nothing but programs and scripts lies in the folders for them, and tar reads archives alone. */
function kindByUse(address: string, { path, unpacked }: DownloadUse): Kind | undefined {
  if (path !== undefined) {
    const name = baseName(path);
    const named = kinds.find((each) => each.matches(address, name));
    return named ?? (programFolder.test(path) ? programOrScript : undefined);
  }
  return unpacked === true ? someArchive : undefined;
}

/**
 * Bytes that a download of its kind takes and where that is from, localised; undefined when neither its name nor its use says anything.
 * `shown`: the address for people.
 */
export function usualDownload(
  address: string,
  shown = address,
  use: DownloadUse = {},
): { readonly size: SizeRange; readonly sentence: string } | undefined {
  const path = address.replace(/[?#].*$/, '');
  const name = baseName(path);
  const release = knownRelease(name);
  const kind =
    release === undefined ? (kinds.find((each) => each.matches(path, name)) ?? kindByUse(path, use)) : undefined;
  const size = release?.size ?? kind?.size;
  if (size === undefined) return undefined;
  return {
    size: between(...size),
    sentence: t(
      'The size of {0} is not known before it is fetched; nine in ten of its kind ({1}) take {2} to {3}.',
      shown,
      kind?.describe() ?? name,
      formatBytes(size[0]),
      formatBytes(size[2]),
    ),
  };
}
