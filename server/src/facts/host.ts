/**
 * All facts about the surroundings of one Dockerfile, as one immutable value that changes when something becomes known.
 * Puts together the build context, the engine, what is known of images, and the baseline. `current()` never waits.
 */
import type { Baseline, BuildRecord } from '../cache/types';
import type { ContextFacts } from '../context/types';
import type { OfficialImages } from '../images/official';
import { parseReference } from '../images/reference';
import type { ImageKnowledge } from '../images/types';
import { t } from '../localize';
import type { PackageIndexes } from '../packages/types';
import type { FactRequest, Facts, ForecastFacts } from '../report/facts';
import { type AssumedContext, assumeContents } from './assumed-context';
import { type BaselineSource, createBaseline } from './baseline';
import { type BaselineChoice, parseBaselineChoice } from './baseline-choice';
import { clientPlaces, hasNamesake } from './buildx-notes';
import type { CommitContents, CommitQuestion } from './commit-contents';
import type { Mirrors } from './distribution-place';
import type { Engine } from './engine';
import { createEngineBaseline, type EngineBaseline } from './engine-baseline';
import type { EngineImages } from './engine-reading';
import type { ReadForecast } from './forecast-reading';
import { createForecast, type ForecastSource } from './forecast-source';
import { createForecastStore } from './forecast-store';
import { type ImageView, knowledgeOf } from './image-knowledge';
import { Listeners } from './listeners';
import type { NetworkUse } from './network-use';
import type { PackageIndexSource } from './package-indexes';
import type { Clock, ContextPort, Disposable, Failable, GitPort, HistorySource, Log, RecordStore } from './ports';
import type { RegistrySource } from './registry-images';
import { createSmallFiles, type SmallFiles, type SmallTexts } from './small-files';
import { thisMachine } from './this-machine';

export interface FactsHostOptions {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  /** In an untrusted workspace nothing is read, run or connected to. */
  readonly trusted: boolean;
  /** No network: engines on other machines are left alone. */
  readonly offline: boolean;
  /** How far the network may be used when not offline; `indexes` when absent. */
  readonly network?: NetworkUse;
  /** URLs of mirrors by name: `debian`, `debian-security`, `ubuntu`, `alpine`, `pypi`. */
  readonly mirrors?: Mirrors;
  /** Of images in registries; `linux/amd64` when absent. */
  readonly platform?: string;
  readonly engine: { readonly enabled: boolean; readonly socket?: string };
  /** `auto`, `git`, `git:REV`, `record`, `record:FILE`, `engine` or `none`; anything else counts as `auto`. */
  readonly baseline: string;
  /** Folder where records of Dockerfiles are kept. */
  readonly storagePath?: string;
  /** The worker's program file (`dist/worker.js`). */
  readonly workerPath: string;
  /** For a program that analyses once and ends: builds and contents are read as far as the answer depends on them. */
  readonly asksOnce?: boolean;
  readonly log: Log;
  readonly clock: Clock;
}

/** Where facts come from; tests give their own. */
export interface Surroundings {
  readonly openContext: (options: FactsHostOptions) => ContextPort;
  readonly openEngine: (options: FactsHostOptions) => { readonly engine: Engine } & Disposable;
  /** What the engine of the options remembers of builds. */
  readonly openHistory: (options: FactsHostOptions) => { readonly history: HistorySource } & Disposable;
  readonly git: GitPort;
  readonly readCommit: (
    options: FactsHostOptions,
    question: CommitQuestion,
    signal: AbortSignal,
  ) => Promise<Failable<CommitContents>>;
  readonly readForecast: (options: FactsHostOptions, ...asked: Parameters<ReadForecast>) => ReturnType<ReadForecast>;
  /** Records of builds; the same for all Dockerfiles. */
  readonly openRecords: (options: FactsHostOptions) => RecordStore;
  readonly watchGit: (gitFolder: string, listener: () => void, log: Log) => Disposable;
  readonly officialImages: OfficialImages;
  /** What package indexes say; in an untrusted workspace and offline only those that come with Strata. */
  readonly openPackages: (options: FactsHostOptions) => PackageIndexSource;
  /** What registries say of images that no engine has; undefined where the network is not used. */
  readonly openRegistry?: (options: FactsHostOptions) => RegistrySource | undefined;
}

export interface FactsHost extends Disposable {
  /** What is known now. The same object until something changes. */
  current(): Facts;
  /** Fetches in the background what an analysis lacks; asking again for the same costs nothing. */
  request(needs: readonly FactRequest[]): void;
  /** Called after `current()` has changed. */
  onChange(listener: () => void): Disposable;
  /** Absolute paths that were created, changed or deleted. */
  fileEvents(paths: readonly string[]): void;
  /** Looks at the build context, the files read from it and the baseline again, whatever file events have told. */
  recheck(): void;
  /** Keeps a build as the newest record of the Dockerfile, or in the record file that the baseline names. */
  recordBuilt(record: BuildRecord): Promise<Failable<{ readonly file: string; readonly builds: number }>>;
  /** Resolves when everything asked for is known or known not to be had; rejects with the signal's reason. */
  settled(signal?: AbortSignal): Promise<void>;
}

/** More rounds than kinds of facts that lead to each other: an engine that builds all the time always has something new. */
const maximumRounds = 6;

/** Begins to gather at once, from this machine unless other surroundings are given. */
export function createFactsHost(options: FactsHostOptions, surroundings: Surroundings = thisMachine): FactsHost {
  const changed = new Listeners();
  const parts = options.trusted ? openParts(options, surroundings) : untrustedParts(options, surroundings);
  let seen = lookAt(parts);
  let facts = factsFrom(seen, surroundings.officialImages);

  const wanted = new Set<string>();
  /** Registries are asked for what no engine has. */
  const askRegistries = (): void => {
    for (const reference of wanted) {
      const held = parts.engine?.images().get(reference);
      const engine = parts.engine?.current().state ?? 'absent';
      if (engine === 'absent' || (engine === 'ready' && held === null)) parts.registry?.request(reference);
    }
  };

  const update = (): void => {
    askRegistries();
    const now = lookAt(parts);
    if (sameView(seen, now)) return;
    seen = now;
    facts = factsFrom(seen, surroundings.officialImages);
    changed.emit();
  };
  const listening = parts.sources.map((source) => source.onChange(update));

  return {
    current() {
      parts.remembered?.glance();
      return facts;
    },
    request(needs) {
      for (const need of needs) {
        if (need.kind === 'image' && parseReference(need.reference).kind === 'ok') {
          parts.engine?.request(need.reference);
          wanted.add(need.reference);
          askRegistries();
        }
        if (need.kind === 'file') parts.files?.request(need.path);
        if (need.kind === 'package') {
          if (need.request.kind === 'file') parts.files?.request(need.request.path);
          else parts.packages.request(need.request);
        }
        if (need.kind === 'forecast') parts.forecast?.request(need);
        if (need.kind === 'builds') parts.remembered?.readOlder();
        if (need.kind === 'measurements') parts.engine?.measure();
      }
      // What is assumed stands in for contents only beside the engine's builds, whose keys are made under the same assumption.
      if (seen.baseline.kind === 'engine' && parts.assumed !== undefined) parts.assumed.request(needs);
      else parts.context?.request(needs);
    },
    onChange: (listener) => changed.add(listener),
    fileEvents(paths) {
      if (paths.length === 0) return;
      parts.context?.fileEvents(paths);
      parts.files?.fileEvents(paths);
      parts.baseline?.fileEvents(paths);
    },
    recheck() {
      parts.context?.recheck();
      parts.files?.fileEvents([options.contextPath]);
      parts.baseline?.fileEvents([options.dockerfilePath]);
      parts.forecast?.recheck();
    },
    async recordBuilt(record) {
      return parts.baseline
        ? parts.baseline.add(record)
        : { kind: 'failed', reason: t('Nothing is recorded in an untrusted workspace.') };
    },
    async settled(signal) {
      let before: Facts | undefined;
      for (let round = 0; round < maximumRounds && before !== facts; round += 1) {
        before = facts;
        await Promise.all(parts.sources.map((source) => source.settled(signal)));
      }
    },
    dispose() {
      for (const each of [...listening, ...parts.disposables]) each.dispose();
      changed.clear();
    },
  };
}

interface Source {
  onChange(listener: () => void): Disposable;
  settled(signal?: AbortSignal): Promise<void>;
}

interface Parts {
  readonly context?: ContextPort;
  readonly assumed?: AssumedContext;
  readonly files?: SmallFiles;
  readonly engine?: Engine;
  readonly baseline?: BaselineSource;
  readonly forecast?: ForecastSource;
  readonly packages: PackageIndexSource;
  readonly registry?: RegistrySource;
  readonly remembered?: EngineBaseline;
  /** Why there is no engine, when there is none to ask. */
  readonly noEngine: string;
  readonly noContext: string;
  readonly noBaseline: string;
  readonly sources: readonly Source[];
  readonly disposables: readonly Disposable[];
}

function openParts(options: FactsHostOptions, surroundings: Surroundings): Parts {
  const context = surroundings.openContext(options);
  const shared = options.engine.enabled ? surroundings.openEngine(options) : undefined;
  const choice = parseBaselineChoice(options.baseline) ?? { kind: 'auto' };
  // Records that are kept need contents that were read.
  const assumed = options.asksOnce === true && options.storagePath === undefined ? assumeContents(context) : undefined;
  const remembered = openRemembered(options, surroundings, choice, assumed ?? context, shared?.engine);
  const baseline = createBaseline({
    choice,
    engine: remembered ?? { absent: t('The setting strata.engine.enabled is off.') },
    dockerfilePath: options.dockerfilePath,
    contextPath: options.contextPath,
    ...(options.storagePath !== undefined && { storagePath: options.storagePath }),
    git: surroundings.git,
    records: surroundings.openRecords(options),
    clock: options.clock,
    log: options.log,
    watchGit: surroundings.watchGit,
    readCommit: (question, signal) => surroundings.readCommit(options, question, signal),
    takeBlobs: (blobs, asOf) => context.setBlobs(blobs, asOf),
  });
  const forecast = createForecast({
    dockerfilePath: options.dockerfilePath,
    contextPath: options.contextPath,
    git: surroundings.git,
    clock: options.clock,
    log: options.log,
    watchGit: surroundings.watchGit,
    readForecast: (question, signal) => surroundings.readForecast(options, question, signal),
    ...(options.storagePath !== undefined && {
      store: createForecastStore(options.storagePath, options.dockerfilePath, options.log),
    }),
  });
  const files = createSmallFiles(options.contextPath, () => context.current(), options.log);
  const packages = surroundings.openPackages(options);
  const registry = surroundings.openRegistry?.(options);
  const present = [...(shared === undefined ? [] : [shared.engine]), ...(registry === undefined ? [] : [registry])];
  return {
    context,
    ...(assumed && { assumed }),
    files,
    ...(shared && { engine: shared.engine }),
    baseline,
    forecast,
    packages,
    ...(registry && { registry }),
    ...(remembered && { remembered }),
    noEngine: t('The setting strata.engine.enabled is off.'),
    noContext: '',
    noBaseline: '',
    sources: [assumed ?? context, files, baseline, forecast, packages, ...present],
    disposables: [
      ...[context, files, baseline, forecast, packages],
      ...(registry ? [registry] : []),
      ...(remembered ? [remembered] : []),
      ...(shared ? [shared] : []),
    ],
  };
}

/** The engine's history as baseline, where one is wished for. */
function openRemembered(
  options: FactsHostOptions,
  surroundings: Surroundings,
  choice: BaselineChoice,
  context: ContextPort | AssumedContext,
  engine: Engine | undefined,
): EngineBaseline | undefined {
  if (engine === undefined || (choice.kind !== 'auto' && choice.kind !== 'engine')) return undefined;
  const { history, dispose } = surroundings.openHistory(options);
  const baseline = createEngineBaseline({
    dockerfilePath: options.dockerfilePath,
    contextPath: options.contextPath,
    ...(options.storagePath !== undefined && { storagePath: options.storagePath }),
    history,
    context,
    image: (reference) => engine.images().get(reference) ?? undefined,
    requestImage(reference) {
      if (parseReference(reference).kind === 'ok') engine.request(reference);
    },
    imagesSettled: (signal) => engine.settled(signal),
    records: surroundings.openRecords(options),
    hasNamesake: () => hasNamesake(clientPlaces(process.env), options.contextPath),
    openedAt: options.clock.now(),
    log: options.log,
  });
  return {
    ...baseline,
    dispose() {
      baseline.dispose();
      dispose();
    },
  };
}

function untrustedParts(options: FactsHostOptions, surroundings: Surroundings): Parts {
  const reason = t('The workspace is not trusted, so only the text is looked at. Trust it to see more.');
  const packages = surroundings.openPackages(options);
  return {
    packages,
    noEngine: reason,
    noContext: reason,
    noBaseline: reason,
    sources: [packages],
    disposables: [packages],
  };
}

/** Everything that facts are made from; each member is replaced, never changed. */
interface View extends ImageView {
  readonly context: ContextFacts;
  readonly baseline: Baseline;
  readonly texts: SmallTexts;
  readonly forecast: ForecastFacts | undefined;
  readonly packages: PackageIndexes;
}

const noTexts: SmallTexts = new Map();
const noImages: EngineImages = new Map();

function lookAt(parts: Parts): View {
  const { engine, baseline, files } = parts;
  const held = baseline?.current() ?? { kind: 'none', reason: parts.noBaseline };
  const context = held.kind === 'engine' ? (parts.assumed ?? parts.context) : parts.context;
  return {
    context: context?.current() ?? { state: 'unavailable', reason: parts.noContext },
    engine: engine?.current() ?? { state: 'absent', reason: parts.noEngine },
    images: engine?.images() ?? noImages,
    baseline: held,
    texts: files?.current() ?? noTexts,
    forecast: parts.forecast?.current(),
    packages: parts.packages.current(),
    registry: parts.registry?.current(),
  };
}

function sameView(a: View, b: View): boolean {
  const names = ['context', 'engine', 'images', 'baseline', 'texts', 'forecast', 'packages', 'registry'] as const;
  return names.every((name) => a[name] === b[name]);
}

function factsFrom(view: View, official: OfficialImages): Facts {
  const { context, engine, baseline, texts, forecast, packages } = view;
  const answers = new Map<string, ImageKnowledge>();
  return {
    context,
    engine,
    baseline,
    packages,
    ...(forecast && { forecast }),
    image(reference) {
      let answer = answers.get(reference);
      if (answer === undefined) {
        answer = knowledgeOf(reference, view, official);
        answers.set(reference, answer);
      }
      return answer;
    },
    file: (path) => (texts.has(path) || context.state === 'unavailable' ? texts.get(path) : 'pending'),
  };
}
