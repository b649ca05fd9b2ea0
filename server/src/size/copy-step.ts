/** What COPY and ADD leave in a layer. */
import { baseName, cleanPath } from '../build/paths';
import type { CopyOperation } from '../build/types';
import { selectSources } from '../context/select';
import { copySelection } from '../context/selection';
import type { ContextSnapshot, SourceMatch } from '../context/types';
import { t } from '../localize';
import type { PackageIndexes, PackageRequest, SizeRange } from '../packages/types';
import { usualDownload } from './commands/usual-downloads';
import { copiedTrees, placedPaths } from './copied-files';
import { exactly, unknown } from './estimate';
import type { LayerWork } from './layer-work';
import { contextPart, under } from './part';
import { addRanges, exactRange, unknownRange } from './size-range';
import { matcherOf, withoutExcluded } from './stage-choice';
import { isDirectoryIn } from './stage-files';
import type { TakenFiles } from './stage-source';
import { estimateOfParts, filesOfParts, largestParts, packagesOf, type StepOutcome } from './step-outcome';
import type { Estimate } from './types';

export interface CopySurroundings {
  /** Undefined: the build context is not known, for this reason. */
  readonly context: ContextSnapshot | { readonly reason: string };
  readonly indexes: PackageIndexes | undefined;
  /** What is taken from another stage; undefined when the copy does not read one. */
  readonly taken: TakenFiles | undefined;
}

const encoder = new TextEncoder();

interface InlineFile {
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
}

class CopyStep {
  readonly #needs: PackageRequest[] = [];
  readonly #archives: string[] = [];
  readonly #destination: string;
  readonly #folder: boolean;
  readonly #inline: readonly InlineFile[];

  constructor(
    private readonly operation: CopyOperation,
    private readonly work: LayerWork,
    private readonly memory: ReadonlyMap<string, unknown>,
    private readonly around: CopySurroundings,
  ) {
    this.#destination = cleanPath(operation.destination);
    this.#folder =
      operation.destination.endsWith('/') ||
      operation.destination.endsWith('/.') ||
      isDirectoryIn(work.state, this.#destination, work.snapshot) === true;
    this.#inline = operation.sources.flatMap((source): InlineFile[] =>
      source.kind === 'heredoc'
        ? [
            {
              path: this.#folder ? under(this.#destination, source.name) : this.#destination,
              text: source.content,
              bytes: encoder.encode(source.content).length,
            },
          ]
        : [],
    );
  }

  outcome(): StepOutcome {
    for (const { path, text, bytes } of this.#inline) this.work.writeFile(path, exactRange(bytes), { text });
    const { operation } = this;
    if (operation.sources.some((source) => source.kind === 'url' || source.kind === 'git')) return this.remote();
    if (copySelection(operation).sources.length === 0) {
      return this.finish(exactly(this.inlineBytes, t('Written in the Dockerfile itself.')));
    }
    switch (operation.origin.kind) {
      case 'context':
        return this.fromContext();
      case 'stage':
      case 'image':
        return this.fromStage();
    }
  }

  private get inlineBytes(): number {
    return this.#inline.reduce((total, file) => total + file.bytes, 0);
  }

  private finish(size: Estimate, match?: SourceMatch): StepOutcome {
    const parts = this.work.own;
    const files = filesOfParts(parts);
    return {
      files: this.work.state,
      memory: this.memory,
      size,
      contents: largestParts(parts),
      packages: packagesOf(parts),
      needs: this.#needs,
      archives: this.#archives,
      folders: this.work.folders,
      texts: new Map(),
      ...(files === undefined ? {} : { fileCount: files }),
      ...(match === undefined ? {} : { match }),
    };
  }

  /** Anything may lie at the destination now. */
  private notKnown(reason: string, low = this.inlineBytes): StepOutcome {
    this.work.doubt(this.#destination);
    return this.finish(unknown([reason], low));
  }

  private remote(): StepOutcome {
    const evidence: string[] = [];
    for (const source of this.operation.sources) {
      if (source.kind === 'git' || (source.kind === 'url' && this.operation.unpackRemote)) {
        return this.notKnown(t('The size of {0} is known once it has been fetched.', source.url));
      }
      if (source.kind !== 'url') continue;
      const name = baseName(source.url.replace(/[?#].*$/, ''));
      const answer = this.around.indexes?.url(source.url);
      if (answer?.state !== 'ready') {
        this.#needs.push({ kind: 'url', url: source.url });
        const usual =
          answer?.state === 'pending' ? undefined : usualDownload(source.url, source.url, { path: this.placeOf(name) });
        if (usual !== undefined) {
          this.work.writeFile(this.placeOf(name), usual.size);
          evidence.push(usual.sentence);
          continue;
        }
        const waiting = answer?.state === 'unknown' ? [answer.reason] : [];
        this.work.writeFile(this.placeOf(name), unknownRange);
        return this.finish(
          unknown([t('The size of {0} is known once it has been fetched.', source.url), ...waiting], this.inlineBytes),
        );
      }
      const size: SizeRange = { bytes: answer.value, low: answer.value, high: answer.value, basis: answer.basis };
      this.work.writeFile(this.placeOf(name), size);
      evidence.push(answer.source);
    }
    return this.finish(estimateOfParts(this.work.own, [], evidence));
  }

  private placeOf(name: string): string {
    return this.#folder ? under(this.#destination, name) : this.#destination;
  }

  private fromContext(): StepOutcome {
    const { operation } = this;
    const { context: snapshot } = this.around;
    if ('reason' in snapshot) return this.notKnown(snapshot.reason);
    const match = selectSources(snapshot, copySelection(operation));
    const trees = copiedTrees(
      operation,
      match,
      snapshot,
      (path) => isDirectoryIn(this.work.state, path, snapshot) === true,
    );
    const contents = placedPaths(trees, match, operation.destination);
    const { bytes, files } = match.totals;
    const open = (reason: string, low = 0): StepOutcome => ({ ...this.notKnown(reason, low), contents, match });
    if (match.missing.length > 0) {
      return open(t('The build context has no {0}: the build will fail here.', match.missing.join(', ')));
    }
    if (match.badPatterns.length > 0) {
      return open(t('The pattern {0} is malformed: the build will fail here.', match.badPatterns.join(', ')));
    }
    if (match.pendingArchives.length > 0) {
      this.#archives.push(...match.pendingArchives);
      return open(t('The archive {0} is being looked into.', match.pendingArchives.join(', ')), bytes);
    }
    const unreadable = operation.unpack ? this.unreadableArchive(match, snapshot) : undefined;
    if (unreadable !== undefined) return open(unreadable);
    const exclude = matcherOf(operation.exclude);
    for (const { source, destination } of trees) {
      const archive = operation.unpack ? snapshot.archive(source) : undefined;
      if (archive?.kind === 'archive') {
        this.work.writeTree(this.#destination, exactRange(archive.bytes), { files: archive.files });
        continue;
      }
      const part = contextPart(source, destination, this.work.owner, snapshot);
      if (part === undefined) continue;
      const root = operation.parents ? this.#destination : destination;
      const left =
        exclude === undefined || exclude === 'malformed' ? part : withoutExcluded(part, root, exclude, snapshot);
      if (left !== undefined) this.work.write(left);
    }
    const evidence =
      files === 1 ? t('Read from the build context: 1 file.') : t('Read from the build context: {0} files.', files);
    const outcome = this.finish(exactly(bytes + this.inlineBytes, evidence), match);
    return { ...outcome, contents, fileCount: files + this.#inline.length };
  }

  private unreadableArchive(match: SourceMatch, snapshot: ContextSnapshot): string | undefined {
    for (const root of match.roots) {
      const archive = snapshot.archive(root.resolvedPath);
      if (archive?.kind === 'unreadable')
        return t('The archive {0} could not be looked into: {1}', root.entry.path, archive.reason);
    }
    return undefined;
  }

  private fromStage(): StepOutcome {
    const { taken } = this.around;
    if (taken === undefined) return this.notKnown(t('The stage it reads is not known.'));
    if (taken.state === 'unknown') return this.notKnown(taken.reason, taken.low + this.inlineBytes);
    if (taken.state === 'missing') {
      return this.notKnown(t('Nothing lies at {0} in that stage: the build will fail here.', taken.path));
    }
    for (const { part, from } of taken.parts) {
      const single = part.path === from && part.kind !== 'context' && part.kind !== 'bulk';
      const relative = single
        ? this.#folder
          ? baseName(from)
          : ''
        : part.path.slice(from === '/' ? 1 : from.length + 1);
      this.work.write({ ...part, path: under(this.#destination, relative), owner: this.work.owner });
    }
    if (taken.directory) this.work.makeDirectory(this.#destination);
    const exact = addRanges(
      this.work.own.map((part) =>
        part.kind === 'context' ? exactRange(0) : part.kind === 'link' ? exactRange(0) : part.size,
      ),
    );
    const evidence = [
      ...(this.operation.origin.kind === 'image'
        ? []
        : exact.basis === 'exact'
          ? [t('Comes from the build context by way of another stage.')]
          : [t('Comes from another stage, as far as its files are known.')]),
      ...taken.evidence,
    ];
    const size = estimateOfParts(this.work.own, [], evidence);
    return this.finish(
      taken.assumed && size.basis !== 'unknown'
        ? {
            ...size,
            basis: 'estimated',
            evidence: [...evidence, t('Taken to be all there: what the base image holds is not looked into.')],
          }
        : size,
    );
  }
}

/** What COPY or ADD leaves. `work` is the layer it writes. */
export function copyOutcome(
  operation: CopyOperation,
  work: LayerWork,
  memory: ReadonlyMap<string, unknown>,
  around: CopySurroundings,
): StepOutcome {
  return new CopyStep(operation, work, memory, around).outcome();
}
