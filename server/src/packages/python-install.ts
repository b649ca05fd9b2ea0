/** Packages that an installer of Python packages puts into a folder, as parts of a layer. */
import { t } from '../localize';
import { exactBytes, perhapsBytes, type Spread, shareUncertainty, spreadBytes } from './byte-range';
import type { EffectParts } from './effect-parts';
import type { PythonClosure, ResolvedPackage } from './python-closure';
import type { PythonPlace } from './python-place';
import { shippedCount } from './python-shipped';
import { installedSize } from './python-size';
import type { SizeRange } from './types';

/** Bytes of one installed package of the shipped table, byte code included; of one with all that it needs. */
const onePackage: Spread = { low: 41e3, middle: 864e3, high: 83e6 };
const withRequirements: Spread = { low: 57e3, middle: 4.2e6, high: 362e6 };

export interface PythonInstall {
  readonly manager: string;
  readonly place: PythonPlace;
  readonly closure: PythonClosure;
  readonly compiles: boolean;
  readonly architecture: string;
  /** All that is installed is in the list: a lock file was read. */
  readonly locked: boolean;
}

/** Writes the packages and says what the figures come from. */
export function installPackages(parts: EffectParts, install: PythonInstall): void {
  const { closure, place } = install;
  const sizes = shareUncertainty(closure.packages.map((each) => sizeOf(each, install)));
  closure.packages.forEach((each, index) => {
    const size = sizes[index];
    if (size === undefined) return;
    parts.write({
      path: `${place.site}/${each.name}`,
      kind: 'tree',
      size,
      ...(each.release?.files !== undefined && { files: each.release.files }),
      package: {
        manager: install.manager,
        name: each.name,
        ...(each.version !== undefined && { version: each.version }),
      },
    });
  });
  for (const need of closure.needs) parts.need(need);
  for (const source of closure.sources) parts.because(source);
  explainEstimates(parts, install);
}

function sizeOf(each: ResolvedPackage, install: PythonInstall): SizeRange {
  const { compiles, architecture, place } = install;
  const size =
    each.release === undefined || each.release.unpacked.bytes === null
      ? spreadBytes(install.locked ? onePackage : withRequirements)
      : installedSize(each.release, { compiles, architecture, minor: place.minor, otherVersion: each.otherVersion });
  return each.perhaps ? perhapsBytes(size) : size;
}

function explainEstimates(parts: EffectParts, install: PythonInstall): void {
  const { packages } = install.closure;
  const without = packages.filter(({ release }) => release === undefined || release.unpacked.bytes === null);
  if (without.length > 0) {
    const names = without
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ');
    parts.because(
      install.locked
        ? t('No figures for {0}: the range holds nine in ten of the {1} most used Python packages', names, shippedCount)
        : t(
            'No figures for {0}: the range holds nine in ten of the {1} most used Python packages with what they need',
            names,
            shippedCount,
          ),
    );
  }
  const otherVersions = packages.filter(({ otherVersion, release }) => otherVersion && release !== undefined);
  if (otherVersions.length > 0) parts.because(t('Packages with figures of another version: {0}', otherVersions.length));
  if (packages.some(({ release }) => release?.unpacked.basis === 'estimated')) {
    parts.because(t('Unpacked bytes from the size of the wheel, as measured on {0} wheels', shippedCount));
  }
  if (install.compiles && packages.length > 0) parts.because(t('{0} compiles to byte code', install.manager));
}

/** Bytes that pip keeps in its cache of what it downloaded: archives, pages of the index, metadata (pip's `_internal/network/cache.py`). */
export function downloadCache(packages: readonly ResolvedPackage[]): SizeRange {
  let total = exactBytes(0);
  for (const { release } of packages) {
    const archive = release?.archive ?? null;
    const pages = spreadBytes({ low: 5e3, middle: 25e3, high: 90e3 });
    const body = archive === null ? spreadBytes({ low: 11e3, middle: 807e3, high: 95.5e6 }) : exactBytes(archive);
    total = {
      bytes: (total.bytes ?? 0) + (body.bytes ?? 0) + (pages.bytes ?? 0),
      low: total.low + body.low + pages.low,
      high: (total.high ?? 0) + (body.high ?? 0) + (pages.high ?? 0),
      basis: 'estimated',
    };
  }
  return total;
}
