/** A Dockerfile's surroundings: what is known of the build context, base images and package indexes. */
import { parseIgnoreFile, verdictOn } from '../../../server/src/context/ignore-file';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextFacts } from '../../../server/src/context/types';
import { indexOfficialImages } from '../../../server/src/images/official';
import table from '../../../server/src/images/official-images.json';
import type { ImageKnowledge, OfficialImageTable } from '../../../server/src/images/types';
import type { PackageIndexes } from '../../../server/src/packages/types';
import type { Facts } from '../../../server/src/report/facts';
import { sha256Hex } from '../../../server/src/sha256';
import { alpineIndex, debianIndex } from '../../unit/packages/distribution-fixtures';

/** Texts of the files of a build context, by path; undefined: nobody has looked at it yet. */
export type ContextFiles = Readonly<Record<string, string>> | undefined;

export interface Scene {
  /** Where the text comes from, for people. */
  readonly name: string;
  readonly text: string;
  readonly files: ContextFiles;
  /** Small indexes of Debian and Alpine are at hand. */
  readonly indexed: boolean;
}

const IMAGES = indexOfficialImages(table as OfficialImageTable);
const IGNORE_FILE = '.dockerignore';

const nothing = { state: 'unknown', reason: 'not in the table' } as const;
const INDEXES: PackageIndexes = {
  distribution: (distribution) => ({
    state: 'ready',
    value: distribution === 'alpine' ? alpineIndex : debianIndex,
    basis: 'computed',
    source: 'a small index',
  }),
  npm: () => nothing,
  pypi: () => nothing,
  url: () => ({ state: 'ready', value: 1_234_567, basis: 'computed', source: 'a small index' }),
};

function imageOf(reference: string): ImageKnowledge {
  const facts = IMAGES.find(reference);
  return facts === undefined ? { kind: 'unknown', reason: 'not in the table' } : { kind: 'known', facts };
}

function contextOf(files: ContextFiles): ContextFacts {
  if (files === undefined) return { state: 'pending' };
  const ignoreText = files[IGNORE_FILE];
  const rules = parseIgnoreFile(ignoreText ?? '');
  const entries = Object.entries(files).flatMap(([path, text]): ListedEntry[] => {
    if (verdictOn(rules, path).ignored) return [];
    const bytes = new TextEncoder().encode(text);
    const digest = sha256Hex(bytes);
    return [{ path, size: bytes.length, digests: { sha256: digest, git: digest.slice(0, 40) } }];
  });
  return {
    state: 'ready',
    snapshot: snapshotFromEntries(entries),
    ignoreFile: ignoreText === undefined ? { text: '' } : { path: IGNORE_FILE, text: ignoreText },
  };
}

/** What is known around a Dockerfile in a context with these files. */
export function factsOf(files: ContextFiles, indexed: boolean): Facts {
  const context = contextOf(files);
  return {
    context,
    image: imageOf,
    engine: { state: 'absent', reason: 'none' },
    baseline: { kind: 'none', reason: 'none' },
    file: (path) => {
      if (context.state !== 'ready') return 'pending';
      return context.snapshot.entry(path)?.type === 'file' ? files?.[path] : undefined;
    },
    ...(indexed && { packages: INDEXES }),
  };
}
