/** The size of each step's layer, before the build. */

import { baseName, cleanPath } from '../build/paths';
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep, CopyOperation } from '../build/types';
import { selectSources } from '../context/select';
import { copySelection } from '../context/selection';
import type { ContextFacts, ContextSnapshot, SourceMatch } from '../context/types';
import { t } from '../localize';
import type { PathSize } from '../report/types';
import type { PlacedFile } from './copied-files';
import { copiedTrees, largestFiles, movedFiles, under } from './copied-files';
import { exactly, figure, unknown } from './estimate';
import type { Measurement, Measurements } from './measured';
import type { StageFilesystem, StageWrite } from './stage-filesystem';
import { isKnownDirectory, overwrittenBytes, pathInStage } from './stage-filesystem';
import type { EngineFacts, Estimate } from './types';

export interface StepSize {
  readonly size: Estimate;
  /** Bytes of this layer that a later layer of the same stage hides. */
  readonly wasted?: Estimate;
  /** Lines that hide them. */
  readonly hiddenBy: readonly number[];
  readonly contents: readonly PathSize[];
  readonly fileCount?: number;
  /** Present for COPY, ADD from the build context. */
  readonly match?: SourceMatch;
}

/** Sizes by stage and step index, and what is still to be fetched for them. */
export interface StepSizes {
  of(stage: number, step: number): StepSize | undefined;
  /** Archives of the context that have to be looked into. */
  readonly archives: readonly string[];
}

export interface SizeSurroundings {
  readonly context: ContextFacts;
  readonly engine: EngineFacts;
  readonly measurements: Measurements;
}

/** What a copy takes from a stage's files or the context, as far as it is known. */
interface Written {
  readonly size: StepSize;
  readonly write: StageWrite;
}

const encoder = new TextEncoder();

class Sizes implements StepSizes {
  readonly #sizes = new Map<string, StepSize>();
  readonly #filesystems: StageFilesystem[] = [];
  readonly #archives = new Set<string>();
  readonly #snapshot: ContextSnapshot | undefined;

  constructor(
    graph: BuildGraph,
    private readonly around: SizeSurroundings,
  ) {
    this.#snapshot = around.context.state === 'ready' ? around.context.snapshot : undefined;
    for (const stage of graph.stages) this.#filesystems.push(this.stage(stage));
  }

  get archives(): readonly string[] {
    return [...this.#archives];
  }

  of(stage: number, step: number): StepSize | undefined {
    return this.#sizes.get(`${stage}:${step}`);
  }

  private stage(stage: BuildStage): StageFilesystem {
    const base = stage.base.kind === 'stage' ? this.#filesystems[stage.base.stage] : undefined;
    const emptyBase = base?.emptyBase ?? stage.base.kind === 'scratch';
    const writes: StageWrite[] = [...(base?.writes ?? [])];
    const own: { readonly step: BuildStep; readonly write: StageWrite }[] = [];
    for (const step of stage.steps) {
      const written = this.step(stage, step, { emptyBase, writes });
      this.#sizes.set(`${stage.index}:${step.index}`, written.size);
      if (step.produces !== 'layer') continue;
      writes.push(written.write);
      own.push({ step, write: written.write });
    }
    this.findWaste(stage, own);
    return { emptyBase, writes };
  }

  /** Files that a later COPY of the same stage writes again. */
  private findWaste(stage: BuildStage, own: readonly { readonly step: BuildStep; readonly write: StageWrite }[]): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return;
    const copies = own.filter(({ write }) => write.kind === 'trees' || write.kind === 'files');
    for (const [index, earlier] of copies.entries()) {
      let bytes = 0;
      const lines: number[] = [];
      for (const later of copies.slice(index + 1)) {
        const hidden = overwrittenBytes(earlier.write, later.write, snapshot);
        if (hidden === 0) continue;
        bytes = Math.max(bytes, hidden);
        lines.push(stepLine(stage, later.step));
      }
      const size = this.of(stage.index, earlier.step.index);
      if (bytes === 0 || size === undefined) continue;
      const evidence = t('The same files are written again in line {0}.', lines.join(', '));
      this.#sizes.set(`${stage.index}:${earlier.step.index}`, {
        ...size,
        wasted: exactly(bytes, evidence),
        hiddenBy: lines,
      });
    }
  }

  private step(stage: BuildStage, step: BuildStep, filesystem: StageFilesystem): Written {
    const opaque: StageWrite = { kind: 'opaque', step: step.index, line: stepLine(stage, step) };
    const { operation } = step;
    switch (operation.kind) {
      case 'copy':
        return this.copy(stage, step, operation, filesystem);
      case 'make-directory':
        return {
          size: {
            size: exactly(0, t('WORKDIR makes directories only: no bytes of files.')),
            hiddenBy: [],
            contents: [],
          },
          write: { kind: 'directory', step: step.index, path: cleanPath(operation.path) },
        };
      case 'execute':
        return {
          size: this.measuredOr(stage, step, t('What a command writes is known once the engine has run it.')),
          write: opaque,
        };
      case 'metadata':
      case 'nothing':
        return {
          size: { size: exactly(0, t('Changes only the configuration.')), hiddenBy: [], contents: [] },
          write: opaque,
        };
      case 'unknown':
        return {
          size: { size: unknown([t('This instruction is not understood.')]), hiddenBy: [], contents: [] },
          write: opaque,
        };
    }
  }

  /** The engine's figure for this very step, else unknown. */
  private measuredOr(stage: BuildStage, step: BuildStep, reason: string, low = 0): StepSize {
    const measurement = this.around.measurements.of(stage.index, step.index);
    const size = measurement === undefined ? unknown([reason], low) : this.measured(measurement);
    return { size, hiddenBy: [], contents: [] };
  }

  private measured(measurement: Measurement): Estimate {
    const { engine } = this.around;
    const label = engine.state === 'ready' ? engine.label : '';
    const where =
      measurement.source.kind === 'image'
        ? t('Measured by {0} in image {1}.', label, measurement.source.label)
        : t('Measured by {0}, from its build cache.', label);
    const evidence =
      measurement.at === undefined ? [where] : [where, t('Built {0}.', measurement.at.slice(0, 16).replace('T', ' '))];
    const range = { low: measurement.low, high: measurement.high };
    if (engine.state === 'ready' && engine.sizeUnit === 'blocks') {
      return figure('measured', measurement.bytes, { low: 0, high: range.high }, [
        ...evidence,
        t('This engine counts whole disk blocks, so the files themselves are a little smaller.'),
      ]);
    }
    return figure('measured', measurement.bytes, range, evidence);
  }

  private copy(stage: BuildStage, step: BuildStep, operation: CopyOperation, filesystem: StageFilesystem): Written {
    const inline = this.inlineFiles(operation, filesystem);
    const remote = operation.sources.find((source) => source.kind === 'url' || source.kind === 'git');
    const opaque = this.opaqueCopy(stage, step, operation);
    const inlineBytes = inline.reduce((total, file) => total + file.size, 0);
    if (remote !== undefined) {
      const url = remote.kind === 'url' || remote.kind === 'git' ? remote.url : '';
      return {
        size: this.measuredOr(stage, step, t('The size of {0} is known once it has been fetched.', url), inlineBytes),
        write: opaque,
      };
    }
    if (copySelection(operation).sources.length === 0) {
      const size = exactly(inlineBytes, t('Written in the Dockerfile itself.'));
      return {
        size: {
          size,
          hiddenBy: [],
          contents: largestFiles(inline),
          fileCount: inline.length,
        },
        write: { kind: 'files', step: step.index, destination: cleanPath(operation.destination), files: inline },
      };
    }
    switch (operation.origin.kind) {
      case 'context':
        return this.copyContext(stage, step, operation, filesystem, inline);
      case 'stage':
        return this.copyStage(stage, step, operation, operation.origin.stage, filesystem);
      case 'image':
        return {
          size: this.measuredOr(
            stage,
            step,
            t('What {0} holds there is known once the engine has copied it.', operation.origin.reference),
          ),
          write: opaque,
        };
    }
  }

  private opaqueCopy(stage: BuildStage, step: BuildStep, operation: CopyOperation): StageWrite {
    return { kind: 'opaque', step: step.index, line: stepLine(stage, step), within: cleanPath(operation.destination) };
  }

  private inlineFiles(operation: CopyOperation, filesystem: StageFilesystem): readonly PlacedFile[] {
    const destination = cleanPath(operation.destination);
    const folder = operation.destination.endsWith('/') || isKnownDirectory(filesystem, destination, this.#snapshot);
    return operation.sources.flatMap((source) =>
      source.kind === 'heredoc'
        ? [
            {
              path: folder ? under(destination, source.name) : destination,
              size: encoder.encode(source.content).length,
            },
          ]
        : [],
    );
  }

  private copyContext(
    stage: BuildStage,
    step: BuildStep,
    operation: CopyOperation,
    filesystem: StageFilesystem,
    inline: readonly PlacedFile[],
  ): Written {
    const opaque = this.opaqueCopy(stage, step, operation);
    const { context } = this.around;
    const snapshot = this.#snapshot;
    if (snapshot === undefined) {
      const reason = context.state === 'unavailable' ? context.reason : t('The build context is being read.');
      return { size: this.measuredOr(stage, step, reason), write: opaque };
    }
    const match = selectSources(snapshot, copySelection(operation));
    for (const path of match.pendingArchives) this.#archives.add(path);
    const inlineBytes = inline.reduce((total, file) => total + file.size, 0);
    const { bytes, files } = match.totals;
    const contents = this.contents(operation, match, snapshot, filesystem);
    const fileCount = files + inline.length;
    if (match.missing.length > 0 || match.badPatterns.length > 0) {
      const reason =
        match.missing.length > 0
          ? t('The build context has no {0}: the build will fail here.', match.missing.join(', '))
          : t('The pattern {0} is malformed: the build will fail here.', match.badPatterns.join(', '));
      return { size: { size: unknown([reason]), hiddenBy: [], contents, match }, write: opaque };
    }
    if (match.pendingArchives.length > 0) {
      const reason = t('The archive {0} is being looked into.', match.pendingArchives.join(', '));
      return { size: { ...this.measuredOr(stage, step, reason, bytes), contents, match }, write: opaque };
    }
    const unreadable = this.unreadableArchive(operation, match, snapshot);
    if (unreadable !== undefined)
      return { size: { ...this.measuredOr(stage, step, unreadable), contents, match }, write: opaque };
    const evidence =
      files === 1 ? t('Read from the build context: 1 file.') : t('Read from the build context: {0} files.', files);
    const partial = operation.parents || operation.exclude.length > 0 || this.hasArchive(operation, match, snapshot);
    const trees = copiedTrees(operation, match, snapshot, (path) => isKnownDirectory(filesystem, path, snapshot));
    return {
      size: { size: exactly(bytes + inlineBytes, evidence), hiddenBy: [], contents, fileCount, match },
      write: partial ? opaque : { kind: 'trees', step: step.index, trees },
    };
  }

  private hasArchive(operation: CopyOperation, match: SourceMatch, snapshot: ContextSnapshot): boolean {
    return operation.unpack && match.roots.some((root) => snapshot.archive(root.resolvedPath)?.kind === 'archive');
  }

  private unreadableArchive(
    operation: CopyOperation,
    match: SourceMatch,
    snapshot: ContextSnapshot,
  ): string | undefined {
    if (!operation.unpack) return undefined;
    for (const root of match.roots) {
      const archive = snapshot.archive(root.resolvedPath);
      if (archive?.kind === 'unreadable')
        return t('The archive {0} could not be looked into: {1}', root.entry.path, archive.reason);
    }
    return undefined;
  }

  /** Largest paths, as the image will have them. */
  private contents(
    operation: CopyOperation,
    match: SourceMatch,
    snapshot: ContextSnapshot,
    filesystem: StageFilesystem,
  ): readonly PathSize[] {
    const trees = copiedTrees(operation, match, snapshot, (path) => isKnownDirectory(filesystem, path, snapshot));
    return match.largest.map(({ path, size, type }) => {
      const tree = trees.find(
        ({ source, directory }) => path === source || (directory && (source === '' || path.startsWith(`${source}/`))),
      );
      if (tree === undefined) return { path: under(cleanPath(operation.destination), baseName(path)), size, type };
      const relative = path === tree.source ? '' : tree.source === '' ? path : path.slice(tree.source.length + 1);
      return { path: under(tree.destination, relative), size, type };
    });
  }

  private copyStage(
    stage: BuildStage,
    step: BuildStep,
    operation: CopyOperation,
    origin: number,
    filesystem: StageFilesystem,
  ): Written {
    const opaque = this.opaqueCopy(stage, step, operation);
    const from = this.#filesystems[origin];
    if (from === undefined)
      return { size: this.measuredOr(stage, step, t('The stage it reads is not known.')), write: opaque };
    const moved: (readonly PlacedFile[])[] = [];
    let assumed = false;
    for (const source of operation.sources) {
      if (source.kind !== 'path') continue;
      if (source.wildcard || operation.exclude.length > 0 || operation.parents) {
        return {
          size: this.measuredOr(
            stage,
            step,
            t('What {0} matches there is known once the engine has copied it.', source.written),
          ),
          write: opaque,
        };
      }
      const found = pathInStage(from, source.path, this.#snapshot);
      if (found.state === 'unknown') return { size: this.measuredOr(stage, step, found.reason), write: opaque };
      if (found.state === 'missing') {
        const reason = t('Nothing lies at {0} in that stage: the build will fail here.', `/${source.path}`);
        return { size: { size: unknown([reason]), hiddenBy: [], contents: [] }, write: opaque };
      }
      assumed ||= found.assumed;
      const destination = cleanPath(operation.destination);
      const folder = operation.destination.endsWith('/') || isKnownDirectory(filesystem, destination, this.#snapshot);
      moved.push(movedFiles(found.files, `/${source.path}`, destination, folder));
    }
    const [only, ...others] = moved;
    const placed = only !== undefined && others.length === 0 ? only : moved.flat();
    const bytes = placed.reduce((total, file) => total + file.size, 0);
    const evidence = t('Comes from the build context by way of another stage.');
    const size = assumed
      ? figure('estimated', bytes, { low: bytes, high: bytes }, [
          evidence,
          t('Taken to be all there: what the base image holds is not looked into.'),
        ])
      : exactly(bytes, evidence);
    return {
      size: {
        size,
        hiddenBy: [],
        contents: largestFiles(placed),
        fileCount: placed.length,
      },
      write: { kind: 'files', step: step.index, destination: cleanPath(operation.destination), files: placed },
    };
  }
}

/** Sizes of all steps of the graph. */
export function stepSizes(graph: BuildGraph, around: SizeSurroundings): StepSizes {
  return new Sizes(graph, around);
}
