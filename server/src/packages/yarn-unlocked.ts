/** What `yarn install` puts into a project without a lock file: the newest releases that its manifest allows. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { effectOf, unknownEffect } from './node-effects';
import { recordOf } from './node-lock';
import { within } from './node-pool';
import { chosenPackages } from './node-tree';
import { missingSentence, unreadByYarn } from './node-unread';
import { resolutionSentences, unlockedShare } from './npm-install';
import { readManifest } from './npm-lock-place';
import { resolveWanted } from './npm-resolve';
import type { PackageEffect } from './types';
import { npmSet } from './unread-sets';
import { besideClassic } from './yarn-classic';
import { classicCache, loosened, platform, treeOf, type YarnCommand } from './yarn-command';

/** Bytes that an entry takes in a lock file of Yarn 1. */
const lockEntry = 280;

/**
 * The effect where no folder above has a lock file. A project that a clone or an archive brings has packages, and how many only the build knows;
 * so it is with Yarn 2 and later, whose cache and linker are matters of settings, and with workspaces.
 */
export function installUnlocked(one: YarnCommand, folder: string): PackageEffect {
  const { surroundings } = one;
  const { files } = surroundings;
  const reason = t('{0} is not known, so neither are the packages.', cleanPath(`${folder}/yarn.lock`));
  const manifest = readManifest(folder, surroundings);
  const path = cleanPath(`${folder}/package.json`);
  if (manifest === 'pending') return effectOf({ needs: [{ kind: 'file', path }] });
  if (manifest === undefined) {
    if (files.readText(path) !== undefined || files.exists(path) === false) return unknownEffect(reason);
    return effectOf({
      writes: unreadByYarn(folder, `${classicCache(one)}/v6`, npmSet, 1),
      evidence: [reason, npmSet.source()],
    });
  }
  if (manifest.workspaces || !isClassic(one, folder)) return unknownEffect(reason);
  const resolution = resolveWanted(manifest.wanted, 'project', surroundings);
  // Yarn 1 installs no peers by itself.
  const all = chosenPackages(resolution.packages, { dev: false, optional: false, peer: true }, platform(one));
  const omitted = { dev: !one.development, optional: false, peer: true };
  const packages = chosenPackages(resolution.packages, omitted, platform(one));
  const tree = treeOf(one, folder, packages);
  const releases = new Map(all.map((each) => [`${each.name}@${each.version}`, each]));
  const cached = treeOf(
    one,
    '/',
    [...releases].map(([release, each]) => ({ ...each, location: `node_modules/${release}` })),
  );
  const lockBytes = lockEntry * releases.size;
  const unknowable = [...manifest.others, ...resolution.missing];
  return effectOf({
    writes: [
      ...loosened(tree, unlockedShare(manifest.wanted, resolution)),
      ...besideClassic(one, folder, cached, releases.size, lockBytes),
      { path: cleanPath(`${folder}/yarn.lock`), kind: 'file', size: within(lockBytes, 0.3, 'estimated'), files: 1 },
    ],
    evidence: [...resolutionSentences(resolution, packages.length), ...tree.evidence],
    needs: [...resolution.needs, ...cached.needs, ...tree.needs],
    ...(unknowable.length > 0 && { unknown: missingSentence(unknowable) }),
  });
}

/** Whether nothing says that the project is one of Yarn 2 or later: its settings file, or the release that the manifest names for Corepack. */
function isClassic({ surroundings: { files } }: YarnCommand, folder: string): boolean {
  if (files.exists(cleanPath(`${folder}/.yarnrc.yml`)) === true) return false;
  const text = files.readText(cleanPath(`${folder}/package.json`));
  if (text === undefined || text === 'pending') return true;
  const named = recordOf(JSON.parse(text.replace(/^\uFEFF/, '')) as unknown)?.packageManager;
  return typeof named !== 'string' || !/^yarn@[2-9]/.test(named);
}
