/** What merging RUN instructions does to layers, bytes and rebuilds. */
import { t } from '../localize';
import type { Effect, Step } from '../report/types';
import { readCommands, type ShellCommand } from '../shell/commands';
import { formatBytes } from '../size/format';
import type { RunPart } from './run-part';
import type { RefactorContext } from './types';

/** The effect on the image that the target makes; a stage that is only copied from adds no layers to it. */
export function mergeEffect(
  context: RefactorContext,
  parts: readonly RunPart[],
  byLine: ReadonlyMap<number, Step>,
): Effect {
  const first = parts[0];
  const steps = parts.map((part) => byLine.get(part.instruction.range.start.line + 1));
  const inImage = first !== undefined && isInImage(context, first.instruction.index);
  return {
    bytes: inImage ? bytesSaved(parts, steps) : { low: 0, high: 0 },
    layers: inImage ? 1 - parts.length : 0,
    cache: cacheSentence(parts, steps),
  };
}

/** `Merge 3 RUN instructions (−2 layers, −38 MB; a change to one reruns all)`. */
export function mergeTitle(count: number, effect: Effect): string {
  const gains = [
    ...(effect.layers === -1 ? [t('−1 layer')] : effect.layers < -1 ? [t('−{0} layers', -effect.layers)] : []),
    ...(effect.layers === 0 ? [] : sizeWords(effect)),
  ];
  if (gains.length === 0) return t('Merge {0} RUN instructions (image unchanged; a change to one reruns all)', count);
  return t('Merge {0} RUN instructions ({1}; a change to one reruns all)', count, gains.join(', '));
}

function sizeWords({ bytes }: Effect): string[] {
  if (!bytes || bytes.low === 0) return bytes ? ['0 B'] : [];
  if (bytes.high === bytes.low) return [formatBytes(bytes.low)];
  if (bytes.high < 0) return [t('at least {0}', formatBytes(bytes.high))];
  return [];
}

function isInImage({ graph }: RefactorContext, instruction: number): boolean {
  let stage = graph.target === undefined ? graph.stages.at(-1) : graph.stages[graph.target];
  for (let steps = 0; stage && steps <= graph.stages.length; steps += 1) {
    if (stage.steps.some((step) => step.origin.kind === 'own' && step.instruction.index === instruction)) return true;
    stage = stage.base.kind === 'stage' ? graph.stages[stage.base.stage] : undefined;
  }
  return false;
}

/** Steps of the report that the file itself writes, by line from 1. */
export function stepsByLine(context: RefactorContext): ReadonlyMap<number, Step> {
  const steps = context.report.stages.flatMap((stage) => stage.steps).filter((step) => step.origin === undefined);
  return new Map(steps.map((step) => [step.line, step]));
}

/**
 * A merged layer holds each path once, so it is never larger than its parts, and smaller by what a later part deletes or overwrites of
 * an earlier one: by at most all that the earlier ones wrote.
 */
function bytesSaved(parts: readonly RunPart[], steps: readonly (Step | undefined)[]): Effect['bytes'] {
  let most: number | null = 0;
  let least = 0;
  let mayHide = false;
  const removed: string[] = [];
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    if (mayHide) {
      const high: number | null = steps[index]?.size.high ?? null;
      most = most === null || high === null ? null : most + high;
      least += bytesBelow(steps[index], removed);
    }
    const { commands } = readCommands(parts[index]?.script ?? '');
    mayHide ||= !commands.every(hidesNothing);
    removed.push(...removedPaths(commands));
  }
  if (most === null) return null;
  return { low: most === 0 ? 0 : -most, high: least === 0 ? 0 : -Math.min(least, most) };
}

/** Absolute paths that commands delete for certain. */
function removedPaths(commands: readonly ShellCommand[]): string[] {
  return commands
    .filter((command) => command.name?.value === 'rm' && !command.conditional)
    .flatMap((command) => command.arguments.map((word) => word.value))
    .filter((path): path is string => path?.startsWith('/') === true)
    .map((path) => path.replace(/\/+$/, ''))
    .filter((path) => path !== '');
}

/** Bytes of the files of a layer, as far as they are known, at or below one of the paths. */
function bytesBelow(step: Step | undefined, paths: readonly string[]): number {
  const files = (step?.contents ?? []).filter(({ path, type }) => {
    const absolute = path.startsWith('/') ? path : `/${path}`;
    return type === 'file' && paths.some((prefix) => absolute === prefix || absolute.startsWith(`${prefix}/`));
  });
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Commands that only tell something, or make something that was not there. */
const harmless = new Set(
  'echo printf true : mkdir test [ ls cat id whoami pwd env which uname date sleep cd set export'.split(' '),
);

function hidesNothing(command: ShellCommand): boolean {
  if (
    command.redirections.some(
      ({ operator, target }) =>
        operator.includes('>') && target?.value !== '/dev/null' && !/^\d$/.test(target?.text ?? ''),
    )
  ) {
    return false;
  }
  const name = command.name?.value;
  if (command.name && name === undefined) return false;
  return (
    name === undefined ||
    harmless.has(name) ||
    (command.arguments.every(({ text }) => /^--?[vV](?:ersion)?$/.test(text)) && command.arguments.length > 0)
  );
}

function cacheSentence(parts: readonly RunPart[], steps: readonly (Step | undefined)[]): string {
  const duration = steps.slice(0, -1).reduce((sum, step) => sum + (step?.duration ?? 0), 0);
  const lines = parts.map((part) => part.instruction.range.start.line + 1);
  const last = lines.at(-1) ?? 0;
  if (duration >= 1) {
    return t(
      'Lines {0} rebuild together: a change to line {1} also repeats the {2} s of those above it.',
      lines.join(', '),
      last,
      Math.round(duration),
    );
  }
  if (steps.every((step) => step?.cache.status === 'cached')) {
    return t(
      'Lines {0} are cached now; merged they run once more, and from then on a change to one reruns all.',
      lines.join(', '),
    );
  }
  return t('Lines {0} rebuild together: a change to one reruns all.', lines.join(', '));
}
