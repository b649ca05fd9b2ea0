/** What an ignore file can leave out: paths that a COPY takes and that no stage needs, also none that this target does without. */
import { stepLine } from '../build/step-line';
import type { BuildStage, BuildStep } from '../build/types';
import { needlessPaths, takenSuspects } from '../context/needless-files';
import { baseName, directoriesAbove } from '../context/paths';
import { secretPaths } from '../context/secret-files';
import { contextSelectionsOf } from '../context/selection';
import { resolveSources, type SourceRoot } from '../context/source-roots';
import type { ContextSnapshot } from '../context/types';
import type { ContextChange } from '../context/without-paths';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { formatBytes } from '../size/format';
import { contextEffect, offered, type Proposal } from './effect';
import type { RefactorContext } from './types';

/** A COPY and what of the paths it takes. */
interface TakingStep {
  readonly line: number;
  readonly endLine: number;
  readonly paths: readonly string[];
}

export interface Ignorable {
  /** None lies in another. */
  readonly paths: readonly string[];
  /** Bytes of them in the build context. */
  readonly bytes: number;
  /** Steps of the target's build that take some, first to last; never empty. */
  readonly steps: readonly [TakingStep, ...TakingStep[]];
}

/** All that can be left out and that passes; undefined when there is nothing, or the context is not known. */
export function ignorablePaths(context: RefactorContext, passes: (path: string) => boolean): Ignorable | undefined {
  if (context.context.state !== 'ready') return undefined;
  const { snapshot } = context.context;
  const taking = allSteps(context).flatMap(({ stage, step }): TakingStep[] => {
    if (!step.needed || step.operation.kind !== 'copy' || step.origin.kind !== 'own') return [];
    const paths = unwantedOf(context, stage, step, snapshot);
    if (paths.length === 0) return [];
    return [{ line: stepLine(stage, step), endLine: step.instruction.range.end.line + 1, paths }];
  });
  if (taking.length === 0) return undefined;
  const found = new Set(taking.flatMap(({ paths }) => paths));
  const wanted = wantedOf(context, found, snapshot);
  const free = new Set([...found].filter((path) => !wanted.has(path) && passes(path)));
  const paths = [...free].filter((path) => !directoriesAbove(path).some((each) => free.has(each)));
  const steps = taking.filter((step) => step.paths.some((path) => isOneOf(paths, path)));
  const [first, ...others] = steps;
  if (first === undefined) return undefined;
  const bytes = paths.reduce((total, path) => total + snapshot.totalsOf(path).bytes, 0);
  return { paths, bytes, steps: [first, ...others] };
}

interface PlacedStep {
  readonly stage: BuildStage;
  readonly step: BuildStep;
}

/** Steps of every stage: an ignore file holds for all targets of the Dockerfile. */
function allSteps({ graph }: RefactorContext): readonly PlacedStep[] {
  return graph.stages.flatMap((stage) => stage.steps.map((step) => ({ stage, step })));
}

function unwantedOf(
  context: RefactorContext,
  stage: BuildStage,
  step: BuildStep,
  snapshot: ContextSnapshot,
): readonly string[] {
  if (step.operation.kind !== 'copy') return [];
  const needless = needlessPaths(context.graph, stage, step, snapshot);
  const secrets = secretPaths(step.operation, snapshot, context.readContextFile);
  return [...needless.map(({ path }) => path), ...secrets.map(({ path }) => path)];
}

function isOneOf(paths: readonly string[], path: string): boolean {
  return paths.includes(path) || directoriesAbove(path).some((above) => paths.includes(above));
}

/** Those that something needs: an instruction names it or a part of it, or takes it and nothing says that it does without. */
function wantedOf(
  context: RefactorContext,
  candidates: ReadonlySet<string>,
  snapshot: ContextSnapshot,
): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const { stage, step } of allSteps(context)) {
    const { operation } = step;
    const mounts = operation.kind === 'execute';
    for (const selection of contextSelectionsOf(operation)) {
      for (const { roots, kind, lastPart } of resolveSources(snapshot, selection).sources) {
        const everything = kind !== 'literal' && /^\**$/.test(lastPart);
        for (const root of everything ? [] : roots) for (const path of namedBy(root, candidates)) wanted.add(path);
        // Nobody knows what a command reads of a folder that it has mounted.
        for (const root of mounts ? roots : []) for (const path of below(root, candidates)) wanted.add(path);
        // A pattern that matches nothing any more fails the build.
        if (everything && roots.every((root) => candidates.has(root.resolvedPath)))
          for (const root of roots) wanted.add(root.resolvedPath);
      }
    }
    if (operation.kind === 'copy' && operation.origin.kind === 'context') {
      const unwanted = new Set(unwantedOf(context, stage, step, snapshot));
      const history = asksForHistory(context, stage);
      for (const { suspect } of takenSuspects(operation, snapshot)) {
        const { path, concern } = suspect;
        if (!candidates.has(path)) continue;
        const ofHistory = concern === 'needless' && suspect.kind === 'history';
        const ofTests = concern === 'needless' && suspect.kind === 'tests';
        if (!unwanted.has(path) || (ofHistory && history) || (ofTests && !stage.needed)) wanted.add(path);
      }
    }
  }
  return wanted;
}

/** Candidates that an instruction names, as a whole or by something that lies in them. */
function namedBy({ entry, resolvedPath }: SourceRoot, candidates: ReadonlySet<string>): readonly string[] {
  return [entry.path, resolvedPath].flatMap((path) =>
    [path, ...directoriesAbove(path)].filter((each) => candidates.has(each)),
  );
}

function below({ resolvedPath }: SourceRoot, candidates: ReadonlySet<string>): readonly string[] {
  return [...candidates].filter((path) => resolvedPath === '' || directoriesAbove(path).includes(resolvedPath));
}

/** Whether the stage, or one that continues it, asks git what the history says. */
function asksForHistory({ graph }: RefactorContext, stage: BuildStage): boolean {
  const continues = (each: BuildStage): boolean => {
    let at: BuildStage | undefined = each;
    for (let depth = 0; at !== undefined && depth <= graph.stages.length; depth += 1) {
      if (at.index === stage.index) return true;
      at = at.base.kind === 'stage' ? graph.stages[at.base.stage] : undefined;
    }
    return false;
  };
  return graph.stages.some(
    (each) =>
      continues(each) &&
      each.steps.some(
        ({ operation }) =>
          operation.kind === 'execute' &&
          /\bgit\s+(?:-\S+\s+\S+\s+)*(?:describe|rev-parse|rev-list|log|show|status|diff|submodule|tag|branch|ls-files|archive|config|checkout|blame)\b/.test(
            operation.command.form === 'shell' ? operation.command.script : operation.command.arguments.join(' '),
          ),
      ),
  );
}

/** Paths that a title names before it only counts them. */
const named = 3;

/** The first paths and how many more there are. */
export function inBrief(paths: readonly string[]): string {
  const more = paths.length - named;
  const shown = paths.slice(0, named).join(', ');
  return more > 0 ? `${shown} ${t('and {0} more', more)}` : shown;
}

/**
 * The path as a line of an ignore file that matches it and nothing else; undefined where no line can: white space at its ends is not
 * read, and patterns know no escape for a line break.
 */
export function ignoreLine(path: string): string | undefined {
  if (path !== path.trim() || /[\r\n]/.test(path)) return undefined;
  return path.replace(/[\\*?[\]]/g, '\\$&').replace(/^[#!]/, '\\$&');
}

/** The refactoring that leaves the paths out, once its lines are known: its effect, and what it says of rebuilds. */
export function ignoring(
  context: RefactorContext,
  { paths, bytes, steps }: Ignorable,
  offer: Pick<Proposal, 'id' | 'title' | 'files'>,
): Refactoring {
  const [first] = steps;
  const proposal: Proposal = {
    ...offer,
    kind: 'quickfix',
    line: first.line,
    endLine: first.endLine,
    changesBehaviour: true,
    caution: t(
      'The build no longer sees {0}, nor does the image hold it: what reads it, in the build or in a container, finds nothing there.',
      paths.join(', '),
    ),
    edits: [],
  };
  return offered(context, proposal, cacheSentence(context, { paths, bytes, steps }), () =>
    contextEffect(context, { gone: paths, ...writtenFile(context, proposal) }),
  );
}

/** The ignore file is sent and copied like any other, unless it leaves itself out or lies elsewhere. */
function writtenFile({ context }: RefactorContext, { files }: Proposal): Pick<ContextChange, 'written'> {
  const [file] = files ?? [];
  if (file === undefined || context.state !== 'ready') return {};
  const lengthOf = (text: string): number => new TextEncoder().encode(text).length;
  if (file.before === undefined) return { written: { path: file.path, bytes: lengthOf(file.text) } };
  const entry = context.snapshot.entry(file.path);
  if (entry?.type !== 'file') return {};
  return { written: { path: file.path, bytes: entry.size + lengthOf(file.text) - lengthOf(file.before) } };
}

/** Which lines rebuild for these paths no more, what the history says of it, and what is not sent. */
function cacheSentence(context: RefactorContext, { paths, bytes, steps }: Ignorable): string {
  const reported = context.report.stages.flatMap((stage) => stage.steps);
  const taking = new Set(steps.map(({ line }) => line));
  const lines = new Set<number>(taking);
  for (const { line, affects } of reported) if (taking.has(line)) for (const each of affects) lines.add(each);
  const rerun = [...lines].sort((left, right) => left - right);
  const sentences = [
    rerun.length === 1
      ? t('A change below {0} no longer runs line {1} again.', inBrief(paths), rerun.join())
      : t('A change below {0} no longer runs lines {1} again.', inBrief(paths), rerun.join(', ')),
  ];
  const history = paths.find((path) => /^\.(?:git|hg|svn|jj)$/.test(baseName(path)));
  const [forecast] = reported.flatMap(({ line, forecast }) =>
    taking.has(line) && forecast !== undefined && forecast.kept > 0 ? [{ line, ...forecast }] : [],
  );
  if (history !== undefined && forecast !== undefined) {
    sentences.push(
      t(
        '{0} changes with every commit; without it line {1} would have stayed cached after {2} of the last {3}.',
        history,
        forecast.line,
        forecast.kept,
        forecast.commits,
      ),
    );
  }
  sentences.push(t('The build sends {0} less of its context.', formatBytes(bytes)));
  return sentences.join(' ');
}
