/** What RUN leaves in a layer: its commands in order, each given to the package provider or file command that knows it. */
import { cleanPath } from '../build/paths';
import type { BuildStep, ExecuteOperation, StepState } from '../build/types';
import { t } from '../localize';
import { providers } from '../packages/providers';
import type {
  PackageEffect,
  PackageIndexes,
  PackageProvider,
  PackageRequest,
  ProviderSurroundings,
  StageSystem,
} from '../packages/types';
import { interpret } from '../shell/interpret';
import type { RunCommand } from '../shell/types';
import { actOnFiles, writeRedirections } from './commands';
import type { CommandSurroundings } from './commands/types';
import type { LayerWork } from './layer-work';
import { addRanges } from './size-range';
import { shellOf } from './stage-shell';
import type { StepReading } from './step-access';
import { mountTargets, StepAccess } from './step-access';
import { estimateOfParts, filesOfParts, largestParts, packagesOf, type StepOutcome } from './step-outcome';

export interface RunSurroundings {
  readonly system: StageSystem;
  readonly platform: string;
  readonly indexes: PackageIndexes;
  readonly reading: StepReading;
  readonly installed: ProviderSurroundings['installed'];
  /** The base image's variables are in the step's state. */
  readonly environmentKnown: boolean;
}

/** More sentences than this nobody reads. */
const maximumSentences = 12;

/** Package managers that install into the system's folders alone. */
const systemManagers = new Set(['apt', 'apk', 'dnf', 'pacman']);

/** Where programs that are not understood leave files, besides where they run. */
const systemFolders = [
  '/bin',
  '/etc',
  '/home',
  '/lib',
  '/lib64',
  '/opt',
  '/root',
  '/run',
  '/sbin',
  '/tmp',
  '/usr',
  '/var',
];

/** Where packages of a distribution put files: /home, /opt, /root, /srv and /tmp are not theirs (Debian policy 9.1, FHS 3.0). */
const packageFolders = ['/bin', '/boot', '/etc', '/lib', '/lib64', '/run', '/sbin', '/usr', '/var'];

/** Folders that a command which is not understood may write to: the system's, where it runs, and what it is told; undefined: any. */
function reachOf({ directory, words }: RunCommand): readonly string[] | undefined {
  if (directory === undefined || directory === '/') return undefined;
  const named = words.flatMap(({ value }) => {
    const path = value === undefined ? undefined : /(?:^|=)(\/[^:]*)/.exec(value)?.[1];
    return path === undefined ? [] : [cleanPath(path)];
  });
  return named.includes('/') ? undefined : [...systemFolders, directory, ...named];
}

class RunStep {
  readonly #needs: PackageRequest[] = [];
  readonly #evidence = new Set<string>();
  readonly #reasons = new Set<string>();
  /** Folders that the command which runs may write to, when it is not understood. */
  #reach: readonly string[] | undefined;
  /** Places that are in doubt already. */
  readonly #doubted = new Set<string>();
  readonly #memory: Map<string, unknown>;
  readonly #access: StepAccess;
  readonly #surroundings: CommandSurroundings;
  readonly #mounted: readonly string[];

  constructor(
    private readonly operation: ExecuteOperation,
    private readonly work: LayerWork,
    memory: ReadonlyMap<string, unknown>,
    private readonly around: RunSurroundings,
  ) {
    this.#memory = new Map(memory);
    this.#access = new StepAccess(work, operation.mounts, around.reading);
    this.#mounted = mountTargets(operation.mounts);
    this.#surroundings = {
      files: this.#access,
      system: around.system,
      indexes: around.indexes,
      need: (request) => this.#needs.push(request),
      evidence: (sentence) => this.#evidence.add(sentence),
      unknown: (reason) => this.notKnown(reason, this.#reach),
    };
  }

  outcome(step: StepState): StepOutcome {
    const script = interpret(this.operation, step, {
      platform: this.around.platform,
      environmentKnown: this.around.environmentKnown,
      readText: (path) => this.#access.readText(path),
      exists: (path) => this.#access.exists(path),
      ...shellOf(this.around.system),
    });
    for (const command of script.commands) this.run(command);
    for (const reason of script.unknown) this.notKnown(reason);
    const parts = this.work.own;
    const files = filesOfParts(parts);
    const evidence = [...this.#evidence];
    if (evidence.length === 0 && this.#reasons.size === 0) evidence.push(t('From what its commands do to files.'));
    return {
      files: this.work.state,
      memory: this.#memory,
      size: estimateOfParts(parts, [...this.#reasons].slice(0, maximumSentences), evidence.slice(0, maximumSentences)),
      contents: largestParts(parts),
      packages: packagesOf(parts),
      needs: this.#needs,
      archives: [],
      folders: this.work.folders,
      texts: this.#access.texts,
      ...(files === undefined ? {} : { fileCount: files }),
    };
  }

  /** Something was written that nothing tells of: anywhere, or within these folders. */
  private notKnown(reason: string, within?: readonly string[], packages = false): void {
    const place = within?.join(' ') ?? '';
    if (!this.#doubted.has('') && !this.#doubted.has(place)) this.work.doubtCommand(within, packages);
    this.#doubted.add(place);
    this.#reasons.add(reason);
  }

  private run(command: RunCommand): void {
    this.work.occurrence = command.occurrence;
    this.#reach = reachOf(command);
    const provider = providers.find((candidate) => candidate.handles(command));
    if (provider !== undefined) {
      this.apply(command, provider);
      writeRedirections(command, this.#surroundings);
    } else if (!actOnFiles(command, this.#surroundings)) {
      const name = command.name ?? command.program ?? '';
      this.notKnown(
        name === ''
          ? t('A command whose name is not known may write anything.')
          : t('What {0} writes is known once the engine has run it.', name),
        this.#reach,
      );
    }
    this.work.occurrence = 'runs';
  }

  private apply(command: RunCommand, provider: PackageProvider): void {
    const { manager } = provider;
    const effect: PackageEffect = provider.effect(command, {
      system: this.around.system,
      files: this.#access,
      mounted: this.#mounted,
      indexes: this.around.indexes,
      installed: this.around.installed,
      memory: this.#memory.get(manager),
    });
    for (const path of effect.removes) this.work.remove(path);
    for (const name of effect.removedPackages) this.work.removePackage(name);
    for (const part of effect.writes) this.work.writePart(part);
    for (const sentence of effect.evidence) this.#evidence.add(sentence);
    // Nothing is 0 because its lock file has not been read yet.
    const unread = effect.needs.some(({ kind }) => kind === 'file');
    const open = effect.unknown ?? (unread ? t('Files of the project are being read.') : undefined);
    if (open !== undefined) {
      if (systemManagers.has(manager)) this.notKnown(open, packageFolders, true);
      else this.notKnown(open, this.#reach);
    }
    if (effect.memory !== undefined) this.#memory.set(manager, effect.memory);
    this.#needs.push(...effect.needs);
  }
}

/** What a RUN step leaves. `work` is the layer it writes. */
export function runOutcome(
  operation: ExecuteOperation,
  step: BuildStep,
  work: LayerWork,
  memory: ReadonlyMap<string, unknown>,
  around: RunSurroundings,
): StepOutcome {
  return new RunStep(operation, work, memory, around).outcome(step.state);
}

/** The layer of a step that leaves nothing but directories. */
export function directoryOutcome(work: LayerWork, memory: ReadonlyMap<string, unknown>, path: string): StepOutcome {
  work.makeDirectory(path);
  return {
    files: work.state,
    memory,
    size: { ...addRanges([]), evidence: [t('WORKDIR makes directories only: no bytes of files.')] },
    contents: [],
    packages: [],
    needs: [],
    archives: [],
    folders: work.folders,
    texts: new Map(),
  };
}
