/** What `pnpm install` puts into a project without a lock file: the newest releases that its manifest allows. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { effectOf, unknownEffect } from './node-effects';
import type { LockedPackage } from './node-lock';
import { isOn } from './node-options';
import { platformOf } from './node-platform';
import { within } from './node-pool';
import { chosenPackages, totalOf, widened } from './node-tree';
import { missingSentence } from './node-unread';
import { listsOf } from './npm-cache';
import { resolutionSentences, unlockedShare } from './npm-install';
import { readManifest } from './npm-lock-place';
import { resolveWanted } from './npm-resolve';
import {
  besideInstalled,
  besidePackages,
  keptOfList,
  laidOut,
  listCache,
  type PnpmCommand,
  storedOnly,
  storeSentences,
} from './pnpm-store';
import type { PackageEffect } from './types';

/** The effect of what only a lock file would tell. */
export function withoutLock({ folder }: PnpmCommand): PackageEffect {
  return unknownEffect(t('{0} is not known, so neither are the packages.', cleanPath(`${folder}/pnpm-lock.yaml`)));
}

function byRelease(packages: readonly LockedPackage[]): ReadonlyMap<string, LockedPackage> {
  return new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
}

/** Bytes that a package takes in a lock file: its entry, and the one that says what it needs. */
const lockEntry = 330;

/**
 * The effect where no folder above has a lock file: the newest releases that the manifest allows. pnpm refuses that where CI is set
 * (`frozen-lockfile`); what a workspace has, and what a filter chooses of it, only a lock file tells.
 */
export function installUnlocked(one: PnpmCommand): PackageEffect {
  const { folder, surroundings } = one;
  const { files } = surroundings;
  const manifest = readManifest(folder, surroundings);
  if (manifest === 'pending') return effectOf({ needs: [{ kind: 'file', path: cleanPath(`${folder}/package.json`) }] });
  const inWorkspace = files.exists(cleanPath(`${folder}/pnpm-workspace.yaml`)) === true;
  if (manifest === undefined || inWorkspace || one.line.values('filter').length > 0 || !one.production)
    return withoutLock(one);
  const resolution = resolveWanted(manifest.wanted, 'project', surroundings);
  const omitted = {
    dev: !one.development,
    optional: isOn(one.line.options.get('no-optional') ?? 'false'),
    peer: false,
  };
  const platform = platformOf(surroundings.system);
  const chosen = byRelease(chosenPackages(resolution.packages, omitted, platform));
  // While it looks for releases pnpm fetches what it finds (`resolveDependencies`, `requestPackage`), also what is then left out.
  const fetched = byRelease(chosenPackages(resolution.packages, { ...omitted, dev: false }, platform));
  const leftOut = [...fetched].flatMap(([release, each]) => (chosen.has(release) ? [] : [each]));
  const placed = [...chosen].map(([release, each]) => ({
    ...each,
    location: `node_modules/.pnpm/${release.replace('/', '+')}/node_modules/${each.name}`,
  }));
  const { parts, packages, effect } = laidOut(one, placed, folder);
  const share = unlockedShare(manifest.wanted, resolution);
  const { knownBytes, others } = resolution.lists;
  const unknowable = [...manifest.others, ...resolution.missing];
  return effectOf({
    writes: [
      ...[...parts, ...storedOnly(one, leftOut)].map((part) => ({ ...part, size: widened(part.size, share) })),
      ...besidePackages(folder, packages, within(lockEntry * packages, 0.3, 'estimated')),
      ...besideInstalled(one, folder, packages),
      {
        path: cleanPath(`${folder}/pnpm-lock.yaml`),
        kind: 'file',
        size: within(lockEntry * fetched.size, 0.3, 'estimated'),
        files: 1,
      },
      {
        path: `${listCache(one.home)}/metadata`,
        kind: 'tree',
        size: totalOf([within(knownBytes * keptOfList, 0.2, 'estimated'), listsOf(others)]),
        label: t('lists of releases'),
      },
    ],
    evidence: [...resolutionSentences(resolution, packages), ...storeSentences(one), ...effect.evidence],
    needs: [...resolution.needs, ...effect.needs],
    ...(unknowable.length > 0 && { unknown: missingSentence(unknowable) }),
  });
}
