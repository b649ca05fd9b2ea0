/** The newest history of each Dockerfile on disk, so that the next session begins with it. Only a cache: what is damaged is read anew. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ForecastCommit, ForecastHistory, NamedStep } from '../cache/forecast';
import { codeOf, messageOf } from './errors';
import { arrayOf, countOf, objectOf, stringOf } from './json-values';
import type { Log } from './ports';
import { replaceFile } from './replace-file';

/** Another number for every change of what keys are made of, or of this form. */
const formVersion = 4;
const maximumFileBytes = 16_000_000;

export interface ForecastStore {
  /** The history that was written for the identity, if it is the newest one. */
  read(identity: string, signal: AbortSignal): Promise<ForecastHistory | undefined>;
  write(identity: string, history: ForecastHistory): Promise<void>;
}

/** The file of a Dockerfile in the storage folder. */
export function createForecastStore(storagePath: string, dockerfilePath: string, log: Log): ForecastStore {
  const path = resolve(dockerfilePath);
  const name = digestOf(process.platform === 'win32' ? path.toLowerCase() : path).slice(0, 32);
  const file = join(storagePath, 'forecasts', `${name}.json`);
  return {
    async read(identity, signal) {
      try {
        if ((await stat(file)).size > maximumFileBytes) return undefined;
        const parsed = objectOf(JSON.parse(await readFile(file, { encoding: 'utf8', signal })));
        if (parsed?.version !== formVersion || parsed.identity !== digestOf(identity)) return undefined;
        return historyFrom(parsed.history);
      } catch (error) {
        signal.throwIfAborted();
        if (codeOf(error) !== 'ENOENT') log.info(messageOf(error));
        return undefined;
      }
    },
    async write(identity, history) {
      try {
        await mkdir(dirname(file), { recursive: true });
        // The identity holds build arguments, which may be secret.
        await replaceFile(file, JSON.stringify({ version: formVersion, identity: digestOf(identity), history }));
      } catch (error) {
        log.info(messageOf(error));
      }
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The history with every member checked; undefined when anything is amiss. */
export function historyFrom(value: unknown): ForecastHistory | undefined {
  const history = objectOf(value);
  const since = stringOf(history?.since);
  if (!history || since === undefined) return undefined;
  const versions = arrayOf(history.versions, Number.POSITIVE_INFINITY).map(stepsFrom);
  const commits = arrayOf(history.commits, Number.POSITIVE_INFINITY).map((commit) => commitFrom(commit, versions));
  const keys = arrayOf(history.keys, Number.POSITIVE_INFINITY).filter((key) => typeof key === 'string');
  if (versions.includes(undefined) || commits.includes(undefined)) return undefined;
  const note = stringOf(history.note);
  return {
    versions: versions.filter((version) => version !== undefined),
    commits: commits.filter((commit) => commit !== undefined),
    keys,
    since,
    ...(note === undefined ? {} : { note }),
  };
}

function stepsFrom(value: unknown): readonly NamedStep[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const steps = value.map((each): NamedStep | undefined => {
    const step = objectOf(each);
    const { stage, instruction, text } = step ?? {};
    if (typeof stage !== 'string' || typeof instruction !== 'string' || typeof text !== 'string') return undefined;
    return { stage, instruction, text };
  });
  return steps.includes(undefined) ? undefined : steps.filter((step) => step !== undefined);
}

function commitFrom(
  value: unknown,
  versions: readonly (readonly NamedStep[] | undefined)[],
): ForecastCommit | undefined {
  const commit = objectOf(value);
  const { outcomes } = commit ?? {};
  if (typeof outcomes !== 'string' || !/^[kr?]*$/.test(outcomes)) return undefined;
  if (commit?.version === null) return outcomes === '' ? { version: null, outcomes } : undefined;
  const version = countOf(commit?.version);
  const manifests = arrayOf(commit?.manifests, Number.POSITIVE_INFINITY).filter((path) => typeof path === 'string');
  return version !== undefined && versions[version]?.length === outcomes.length
    ? { version, outcomes, ...(manifests.length === 0 ? {} : { manifests }) }
    : undefined;
}
