/**
 * What installations of the RPM family and of Arch add, by the figures of Debian's packages of like names: of these distributions no index
 * is read. Limits are such that the sums which their managers print in public logs lie inside nine times in ten.
 */
import { t } from '../localize';
import { computedBytes, perhapsBytes, type Spread, scaleBytes, spreadBytes } from './byte-range';
import { mostAbsent, standInFor } from './debian-absent';
import { barePackages } from './debian-bases';
import { contentSize } from './debian-contents';
import { resolve } from './distribution-resolve';
import type { EffectParts } from './effect-parts';
import { debianNameOf } from './rpm-names';
import type { DistributionIndex, ProviderSurroundings } from './types';

const SUITE = 'trixie';

/** A set of packages for a byte of Debian's with what they need. */
const forDebian: Spread = { low: 0.2, middle: 0.8, high: 2.3 };
/** What is added to that whatever is installed: a fresh image lacks libraries that Debian's bare one has. */
const besides: Spread = { low: 0, middle: 0.3e6, high: 9e6 };
/** What names that are known in the container only stand for. */
const anyPackages: Spread = { low: 0.05e6, middle: 30e6, high: 700e6 };

/** Fedora's, CentOS's, Rocky's and the other full images have these under names of their own. */
const WITH_PYTHON = [
  'python3',
  'ca-certificates',
  'curl',
  'gnupg',
  'libxml2',
  'libkrb5-3',
  'libsqlite3-0',
  'findutils',
];

export interface RpmInstallation {
  readonly manager: string;
  readonly names: readonly string[];
  readonly unknownWords: number;
  /** The base image has the manager that is written in Python, and what that needs. */
  readonly large: boolean;
  /** Folder of another root, which holds nothing yet. */
  readonly root?: string;
  /** Packages that commands of the stage installed, by Debian's names. */
  readonly there: ReadonlySet<string>;
}

/** Debian's index; asks for it. Undefined while it is read or where it is not to be had. */
export function debianFigures(
  parts: EffectParts,
  { indexes, system }: ProviderSurroundings,
): { readonly index: DistributionIndex; readonly source: string } | undefined {
  const { architecture } = system;
  parts.need({ kind: 'distribution', distribution: 'debian', suite: SUITE, architecture });
  const answer = indexes.distribution('debian', SUITE, architecture);
  if (answer.state === 'ready') return { index: answer.value, source: answer.source };
  parts.unknown(answer.state === 'pending' ? t('The package index is being read.') : answer.reason);
  return undefined;
}

/** Writes what is installed; returns Debian's names of all that is there afterwards. */
export function writeLikeDebian(
  parts: EffectParts,
  { index, source }: { readonly index: DistributionIndex; readonly source: string },
  installation: RpmInstallation,
): ReadonlySet<string> {
  const { manager, names, unknownWords, large, root } = installation;
  const path = root === undefined ? '/usr' : root;
  const there = new Set(root === undefined ? [...barePackages(SUITE), ...installation.there] : []);
  // Weak dependencies of RPM are few beside Debian's recommendations: what they add is in the factor.
  const options = { recommends: false };
  if (root === undefined && large)
    for (const one of resolve(index, there, WITH_PYTHON, options).added) there.add(one.name);
  const conventions = { documentation: false, python: false, suite: SUITE };
  for (const name of names.slice(0, mostAbsent)) {
    const known = debianNameOf(name, index);
    const of = { manager, name };
    if (known === undefined) {
      const instead = standInFor(name, index);
      if (instead.kind === 'range') {
        parts.write({ path, kind: 'tree', size: spreadBytes(instead.spread), package: of });
        parts.because(t('{0} is not known: {1}.', name, instead.source));
        continue;
      }
    }
    const { added } = resolve(index, there, [known ?? name], options);
    const bytes = added.reduce((sum, one) => sum + (contentSize(one, conventions).bytes ?? 0), 0);
    for (const one of added) there.add(one.name);
    if (bytes > 0) {
      parts.write({ path, kind: 'tree', size: scaleBytes(computedBytes(bytes), forDebian), package: of });
      continue;
    }
    // Debian's bare image has it; a small image of another distribution may not.
    const own = known === undefined ? undefined : index.find(known);
    const size = own === undefined ? computedBytes(0) : contentSize(own, conventions);
    parts.write({ path, kind: 'tree', size: perhapsBytes(scaleBytes(size, forDebian)), package: of });
  }
  parts.tree(path, spreadBytes(besides), t('libraries that the base image lacks'));
  if (unknownWords > 0) {
    parts.tree(path, spreadBytes(anyPackages), t('packages that a variable names'));
    parts.because(
      t('Which packages a variable names is known in the container only: the figure is that of a middle package.'),
    );
  }
  parts.because(
    t('By Debian’s packages of like names, since Strata reads no index of this distribution ({0}).', source),
  );
  return there;
}
