/** Package indexes for one Dockerfile, as far as its options allow to ask for them. */
import type { FactsHostOptions } from './host';
import { askingDiskFirst, createInstalledModules } from './installed-modules';
import type { NetworkUse } from './network-use';
import { createPackageIndexes, type PackageIndexSource } from './package-indexes';
import { dataFolderOf, type IndexWish, shareIndexes } from './shared-indexes';

/** The network that the options leave: none offline and in an untrusted workspace. */
export function networkOf({ trusted, offline, network }: FactsHostOptions): NetworkUse {
  return trusted && !offline ? (network ?? 'indexes') : 'off';
}

/** What the options ask of indexes and registries; one client serves all that ask alike. */
export function wishOf(options: FactsHostOptions): IndexWish {
  const { trusted, storagePath, workerPath, contextPath, mirrors } = options;
  return {
    network: networkOf(options),
    mirrors: mirrors ?? {},
    ...(storagePath !== undefined && { storagePath }),
    workerPath,
    dataFolder: dataFolderOf(workerPath),
    ...(trusted && { project: contextPath }),
  };
}

/** Asks nobody until asked. */
export function openPackagesOf(options: FactsHostOptions): PackageIndexSource {
  const { clock, log } = options;
  const shared = shareIndexes(wishOf(options), clock, log);
  // An untrusted workspace is not read.
  const questions = options.trusted
    ? askingDiskFirst(shared.questions, createInstalledModules(options.contextPath))
    : shared.questions;
  const source = createPackageIndexes({ questions, clock, log });
  return {
    ...source,
    dispose() {
      source.dispose();
      shared.dispose();
    },
  };
}
