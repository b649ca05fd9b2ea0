/** Packages of Alpine that an index does not hold: those of another number, or of Debian under the same name, stand in. */
import { t } from '../localize';
import type { Spread } from './byte-range';
import type { DistributionIndex } from './types';

export type AlpineStandIn =
  | { readonly kind: 'similar'; readonly name: string }
  /** A package of Debian, whose figures are asked for. */
  | { readonly kind: 'debian'; readonly name: string }
  | { readonly kind: 'range'; readonly spread: Spread; readonly source: string };

const renamed: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^php(?:\d+)?(-.+)?$/, ['php7$1']],
  [/^openjdk\d+(?:-jdk)?$/, ['openjdk11']],
  [/^openjdk\d+(-jre.*)$/, ['openjdk11$1', 'openjdk11-jre']],
  [/^postgresql\d*(-.+)?$/, ['postgresql17$1', 'postgresql$1', 'postgresql']],
  [/^(?:py-|py2-|python2-|python-)(.+)$/, ['py3-$1']],
  [/^python(?:2|3)?(-dev)?$/, ['python3$1']],
  [/^py3?-?pip$/, ['py3-pip']],
  [/^(?:libressl|openssl1\.1-compat|openssl3)(-.+)?$/, ['openssl$1', 'openssl']],
  [/^(?:nodejs|npm)(?:-.+)?$/, ['nodejs', 'npm']],
  [/^(?:llvm|clang|lld)\d+(-.+)?$/, ['llvm$1', 'clang$1', 'llvm-dev']],
  [/^ruby(?:\d.*)?-(.+)$/, ['ruby-full', 'ruby']],
  [/^ttf-(.+)$/, ['font-$1', 'ttf-dejavu']],
  [/^font-(.+)$/, ['ttf-$1', 'ttf-dejavu']],
  [/^lua\d\.\d(-.+)?$/, ['lua5.3$1', 'lua5.3']],
  [/^netcat-.*$/, ['netcat-openbsd']],
  [/^docker-.*$/, ['docker-cli', 'docker-compose']],
];

/** Packages of Alpine for Debian's of other names. */
const asDebian: readonly (readonly [RegExp, string])[] = [
  [/^py3-(.+)$/, 'python3-$1'],
  [/^perl-(.+)$/, 'lib$1-perl'],
  [/^lua[\d.]*-(.+)$/, 'lua-$1'],
  [/^tesseract-ocr-data-(.+)$/, 'tesseract-ocr-$1'],
  [/^font-(.+)$/, 'fonts-$1'],
  [/^github-cli$/, 'gh'],
  [/^7zip$/, 'p7zip-full'],
  [/^(.+)-dev$/, 'lib$1-dev'],
];

const mega = (low: number, middle: number, high: number): Spread => ({
  low: low * 1e6,
  middle: middle * 1e6,
  high: high * 1e6,
});

/** Programs that are in Alpine and in no release of Debian, between their smallest and largest releases of the last years. */
const known: readonly (readonly [RegExp, Spread])[] = [
  [/^(?:kubectl|helm|terraform|vault|consul|minikube|k9s|k3s|yq|hugo|caddy|rclone|restic|uv|pnpm)$/, mega(4, 40, 160)],
  [/^docker-cli-(?:compose|buildx)$/, mega(35, 60, 90)],
  [/^(?:aws-cli|azure-cli|google-cloud-sdk)$/, mega(40, 110, 600)],
  [/^(?:glibc|glibc-bin|glibc-i18n)$/, mega(5, 12, 35)],
  // Logs of `apk add git` on Alpine 3.9 to 3.22: 12 to 16 MiB, with ca-certificates and without.
  [/^git$/, mega(9, 14, 20)],
  [/^(?:dotnet\d*-(?:sdk|runtime)|aspnetcore\d*-runtime)(?:-.*)?$/, mega(60, 180, 450)],
];

/** What one package of Alpine 3.22 takes with what it needs and the bare image has not, nine in ten. */
const kinds: readonly (readonly [RegExp, Spread])[] = [
  [/-(?:doc|lang)$/, mega(0.001, 0.02, 4.5)],
  [/-dev$/, mega(0.1, 3.4, 245)],
  // Their languages may be there already.
  [/^py3?-/, mega(0.05, 30, 110)],
  [/^perl-/, mega(0.02, 38, 45)],
  [/^(?:font|ttf)-/, mega(0.5, 3.6, 17)],
  [/-libs?$|^lib/, mega(0.02, 0.6, 43)],
];
/** Desktop programs, which are in the community's repository, are larger. */
const others = mega(0.01, 2, 160);

/** Longer than any package's. */
const longestName = 100;

/** What stands in for a package that the index does not hold. */
export function alpineStandIn(name: string, index: DistributionIndex): AlpineStandIn {
  if (name.length > longestName) return { kind: 'range', ...alpineKind('') };
  const published = known.find(([pattern]) => pattern.test(name))?.[1];
  if (published !== undefined)
    return { kind: 'range', spread: published, source: t('as releases of {0} of the last years take', name) };
  const made = renamed.flatMap(([pattern, names]) =>
    pattern.test(name) ? names.map((other) => name.replace(pattern, other)) : [],
  );
  for (const candidate of [...made, name.replace(/\d+(?:\.\d+)*(?=-|$)/, '')])
    if (candidate !== name && (index.find(candidate) !== undefined || index.providers(candidate).length > 0))
      return { kind: 'similar', name: candidate };
  const debian = asDebian.find(([pattern]) => pattern.test(name));
  return { kind: 'debian', name: debian === undefined ? name : name.replace(debian[0], debian[1]) };
}

/** What a package takes that Debian has not either. */
export function alpineKind(name: string): { readonly spread: Spread; readonly source: string } {
  return {
    spread: kinds.find(([pattern]) => pattern.test(name))?.[1] ?? others,
    source: t('as nine in ten packages of its kind in Alpine take with what they need'),
  };
}

/** How many times as much a package of like name takes in Alpine: of PHP, Java, Python and PostgreSQL, one number for another. */
export const alpineSimilar: Spread = { low: 0.5, middle: 1.1, high: 2.4 };

/**
 * What a package of Alpine takes with what it needs, for a byte of the package of Debian of the same name: 1,600 packages of Alpine 3.22 and
 * Debian 13, nine in ten.
 */
export const alpineForDebian: Spread = { low: 0.02, middle: 0.72, high: 4.7 };
