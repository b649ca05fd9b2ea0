/** Where facts come from outside of tests. */

import { indexOfficialImages } from '../images/official';
import official from '../images/official-images.json';
import type { OfficialImageTable } from '../images/types';
import { keptDigestsFolder } from './cache-folder';
import { readCommitInThread } from './commit-thread';
import { openContext } from './context-index';
import { readForecastInThread } from './forecast-thread';
import { createGit } from './git';
import { watchGitFolder } from './git-watch';
import type { Surroundings } from './host';
import { openPackagesOf } from './open-packages';
import { openRegistryOf } from './open-registry';
import type { RecordStore } from './ports';
import { createRecordStore } from './record-store';
import { readRecordsInThread } from './record-thread';
import { ContextPool } from './shared-context';
import { shareEngine } from './shared-engine';
import { openAskedHistory, shareHistory } from './shared-history';

const contexts = new ContextPool();
let records: RecordStore | undefined;

/** This machine's disk, engine and git, and the table that comes with Strata. */
export const thisMachine: Surroundings = {
  openContext: (options) =>
    contexts.open(options, (view) =>
      openContext({
        ...view,
        workerPath: options.workerPath,
        keptFolder: keptDigestsFolder(options.storagePath),
        log: options.log,
      }),
    ),
  openEngine: ({ engine, offline, clock, log, asksOnce }) =>
    shareEngine({ socket: engine.socket ?? '', offline }, clock, log, asksOnce !== true),
  openHistory: ({ engine, offline, clock, log, contextPath, asksOnce }) =>
    (asksOnce === true ? openAskedHistory : shareHistory)(
      { socket: engine.socket ?? '', offline },
      clock,
      log,
      contextPath,
    ),
  git: createGit(),
  readCommit: ({ workerPath }, question, signal) => readCommitInThread(workerPath, question, signal),
  readForecast: ({ workerPath }, question, signal) => readForecastInThread(workerPath, question, signal),
  openRecords({ workerPath }) {
    // One for the whole program, whose additions to a file wait for each other.
    records ??= createRecordStore(readRecordsInThread(workerPath));
    return records;
  },
  watchGit: watchGitFolder,
  openPackages: openPackagesOf,
  openRegistry: openRegistryOf,
  officialImages: indexOfficialImages(official as OfficialImageTable),
};
