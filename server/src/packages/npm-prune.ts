/** `npm prune`: what it takes away, and the files it writes anew. */
import { t } from '../localize';
import { effectOf, unknownEffect } from './node-effects';
import type { LockedPackage } from './node-lock';
import { platformOf } from './node-platform';
import { ranged, within } from './node-pool';
import { chosenPackages, isOmitted, nothingOmitted, type Omitted } from './node-tree';
import { hiddenLockPart, logPart } from './npm-cache';
import { savedLock } from './npm-install';
import { type FoundNpmLock, findNpmLock, inFolder, npmLockNames, readManifest } from './npm-lock-place';
import { resolveWanted } from './npm-resolve';
import type { NpmSettings } from './npm-settings';
import type { PackageEffect, ProviderSurroundings, WrittenPart } from './types';

/**
 * Takes away what the lock file has and the settings leave out. Both lock files are written anew, that of the project and that in
 * `node_modules`, and the log names every folder that is not wanted, also those that the platform had left out before
 * (`@npmcli/arborist`, `reify.js`: `[_saveIdealTree]`, "mark deleted").
 */
export function prune(text: string, settings: NpmSettings, surroundings: ProviderSurroundings): PackageEffect {
  const { folder, omitted, cache } = settings;
  if (folder === undefined) return unknownEffect(t('The folder in which npm runs is not known.'));
  const lock = findNpmLock(folder, surroundings);
  if (lock === 'pending')
    return effectOf({ needs: npmLockNames.map((name) => ({ kind: 'file', path: inFolder(folder, name) })) });
  const label = `${folder}: ${text}`;
  const project = lock === undefined ? resolved(folder, omitted, surroundings) : lockedProject(folder, lock);
  if (project === 'pending') return effectOf({ needs: [{ kind: 'file', path: inFolder(folder, 'package.json') }] });
  if (project === undefined) {
    const log = logPart(cache, label);
    if (!omitted.dev) return effectOf({ writes: [log] });
    return unknownEffect(t('Which packages npm prune takes away is not known without a lock file.'), [log]);
  }
  const { packages, form, saved } = project;
  const chosen = chosenPackages(packages, nothingOmitted, platformOf(surroundings.system));
  const gone = chosen.filter((locked) => isOmitted(locked, omitted));
  const kept = chosen.filter((locked) => !isOmitted(locked, omitted));
  const keptPlaces = new Set(kept.map(({ location }) => location));
  return effectOf({
    removes: gone.filter(({ location }) => !keptPlaces.has(location)).map(({ location }) => inFolder(folder, location)),
    writes: [
      hiddenLockPart(folder, kept),
      ...(settings.lockFile ? [saved] : []),
      pruneLog(
        cache,
        label,
        folder,
        packages.filter((locked) => isOmitted(locked, omitted) || !keptPlaces.has(locked.location)),
      ),
    ],
    evidence: [t('{0} of {1} packages of {2} are taken away', gone.length, chosen.length, form)],
  });
}

/** The packages of a project, and the lock file that is written anew. */
interface PrunedProject {
  readonly packages: readonly LockedPackage[];
  /** What tells the packages, for people. */
  readonly form: string;
  readonly saved: WrittenPart;
}

/** By its lock file; undefined where that is not understood. */
function lockedProject(folder: string, { name, bytes, reading }: FoundNpmLock): PrunedProject | undefined {
  if (reading.kind === 'problem') return undefined;
  const { packages, form } = reading;
  const size = within(bytes, 0.05, 'estimated');
  return { packages, form, saved: { path: inFolder(folder, name), kind: 'file', size, files: 1 } };
}

/**
 * As `npm install` had to resolve it itself. Undefined where a release is a guess, something is not known at all, or other projects belong to
 * this one: what these need would be taken away.
 */
function resolved(
  folder: string,
  omitted: Omitted,
  surroundings: ProviderSurroundings,
): PrunedProject | 'pending' | undefined {
  if (!omitted.dev) return undefined;
  const manifest = readManifest(folder, surroundings);
  if (manifest === undefined || manifest === 'pending') return manifest;
  const { packages, guesses, missing, needs } = resolveWanted(manifest.wanted, 'project', surroundings);
  if (guesses + missing.length + needs.length + manifest.others.length > 0 || manifest.workspaces) return undefined;
  return { packages, form: 'package.json', saved: savedLock(folder, true, packages, surroundings) };
}

/** A line for each folder: its number, `silly reify mark deleted`, and the path. */
function pruneLog(cache: string, label: string, folder: string, gone: readonly LockedPackage[]): WrittenPart {
  const paths = gone.reduce((sum, { location }) => sum + folder.length + location.length, 0);
  const bytes = 1_400 + 42 * gone.length + paths;
  return { ...logPart(cache, label), size: ranged(bytes, bytes * 0.7, bytes * 1.4, 'estimated') };
}
