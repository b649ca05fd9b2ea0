/** What merging RUN instructions does to layers, bytes and rebuilds. */
import { t } from '../localize';
import type { Effect, Step } from '../report/types';
import { readCommands, type ShellCommand } from '../shell/commands';
import { formatBytes } from '../size/format';
import type { RunPart } from './run-part';
import type { RefactorContext } from './types';

/** The effect on the image that the target makes; a stage that is only copied from adds no layers to it. */
export function mergeEffect(context: RefactorContext, parts: readonly RunPart[]): Effect {
  const first = parts[0];
  const inImage = first !== undefined && isInImage(context, first.instruction.index);
  return {
    bytes: inImage ? bytesSaved(context, parts) : { low: 0, high: 0 },
    layers: inImage ? 1 - parts.length : 0,
    cache: cacheSentence(context, parts),
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

function stepsOf(context: RefactorContext, parts: readonly RunPart[]): (Step | undefined)[] {
  const steps = new Map(
    context.report.stages
      .flatMap((stage) => stage.steps)
      .filter((step) => step.origin === undefined)
      .map((step) => [step.line, step]),
  );
  return parts.map((part) => steps.get(part.instruction.range.start.line + 1));
}

/**
 * A merged layer holds each path once, so it is never larger than its parts, and smaller by what a later part deletes or overwrites of
 * an earlier one: by at most all that the earlier ones wrote.
 */
function bytesSaved(context: RefactorContext, parts: readonly RunPart[]): Effect['bytes'] {
  const steps = stepsOf(context, parts);
  const commands = parts.map((part) => readCommands(part.script).commands);
  let most: number | null = 0;
  let least = 0;
  for (const [index, step] of steps.entries()) {
    const later = commands.slice(index + 1).flat();
    if (later.length === 0 || later.every(hidesNothing)) continue;
    const high: number | null = step?.size.high ?? null;
    most = most === null || high === null ? null : most + high;
    least += removedBytes(step, later);
  }
  if (most === null) return null;
  return { low: most === 0 ? 0 : -most, high: least === 0 ? 0 : -Math.min(least, most) };
}

/** Bytes of paths of a layer, as far as they are known, that a later command deletes for certain. */
function removedBytes(step: Step | undefined, later: readonly ShellCommand[]): number {
  const removed = later
    .filter((command) => command.name?.value === 'rm' && !command.conditional)
    .flatMap((command) => command.arguments.map((word) => word.value))
    .filter((path): path is string => path?.startsWith('/') === true)
    .map((path) => path.replace(/\/+$/, ''));
  const known = (step?.contents ?? []).filter(({ path, type }) => {
    const absolute = path.startsWith('/') ? path : `/${path}`;
    return (
      type === 'file' &&
      removed.some((prefix) => prefix !== '' && (absolute === prefix || absolute.startsWith(`${prefix}/`)))
    );
  });
  return known.reduce((sum, { size }) => sum + size, 0);
}

/** Commands that only tell something, or make something that was not there. */
const harmless = new Set(
  'echo printf true : mkdir test [ ls cat id whoami pwd env which uname date sleep cd set export node-version'.split(
    ' ',
  ),
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

function cacheSentence(context: RefactorContext, parts: readonly RunPart[]): string {
  const steps = stepsOf(context, parts);
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
