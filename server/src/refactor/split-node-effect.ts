/** What splitting a Node application into two stages does to bytes, layers and rebuilds. */
import { t } from '../localize';
import type { Edit, Effect } from '../report/types';
import { splitImageEffect } from './split-effect';
import { runtimeRoles, type SplitPlan } from './split-node-plan';
import type { RefactorContext } from './types';

/** Bytes that a step of unknown size can have: nine in ten installed dependency trees of applications are below. */
const usualInstall = 1_000_000_000;
const usualStep = 300_000_000;

/** The images held against each other; where too little is known of what is carried over, what is certain of it. */
export function splitEffect(
  context: RefactorContext,
  plan: SplitPlan,
  baseReference: string,
  edits: readonly Edit[],
): Omit<Effect, 'cache'> {
  const image = splitImageEffect(
    context,
    edits,
    plan.carried.map(({ source }) => source),
  );
  const least = leastEffect(context, plan, baseReference);
  return { bytes: image.bytes ?? least.bytes, layers: least.layers };
}

function leastEffect(context: RefactorContext, plan: SplitPlan, baseReference: string): Omit<Effect, 'cache'> {
  const before = context.image(baseReference);
  const after = context.image(plan.keepsBase === undefined ? plan.base.runtimeReference : baseReference);
  const sameBase = !plan.base.slimmer || plan.keepsBase !== undefined;
  const known =
    before.kind === 'known' && after.kind === 'known' ? { before: before.facts, after: after.facts } : undefined;
  const bytes = (): number | undefined =>
    sameBase
      ? 0
      : known?.before.size !== undefined && known.after.size !== undefined
        ? known.after.size - known.before.size
        : undefined;
  const otherLayers =
    known?.before.layerCount !== undefined && known.after.layerCount !== undefined
      ? known.after.layerCount - known.before.layerCount
      : undefined;
  const baseLayers = sameBase ? 0 : otherLayers;
  return {
    bytes: bytesRange(context, plan, bytes()),
    layers: baseLayers === undefined ? null : baseLayers + ownLayers(plan),
  };
}

function ownLayers(plan: SplitPlan): number {
  const { before, after } = runtimeRoles(plan.roles);
  const layers = (roles: typeof before): number => roles.filter(({ step }) => step.produces === 'layer').length;
  return layers([...before, ...after]) + plan.carried.length - layers(plan.roles.roles);
}

/**
 * The runtime stage holds what the project's folder holds in the end, never more than its steps wrote; so the base's difference is the
 * least that is saved, and all that the steps wrote beyond it the most.
 */
function bytesRange(context: RefactorContext, plan: SplitPlan, base: number | undefined): Effect['bytes'] {
  // Packages of the operating system bring more into the slim image than into the full one.
  if (base === undefined || (plan.roles.systemAtRuntime && base !== 0)) return null;
  const steps = new Map(context.report.stages.flatMap((stage) => stage.steps).map((step) => [step.line, step.size]));
  let most = 0;
  for (const { step, runtime, purposes } of plan.roles.roles) {
    if (runtime !== 'no' || step.produces !== 'layer') continue;
    const high = steps.get(step.instruction.range.start.line + 1)?.high;
    const installs = purposes.some((purpose) => purpose.kind === 'install');
    most += high ?? (installs ? usualInstall : usualStep);
  }
  return { low: base - most, high: base };
}

/** One sentence on what the split does to rebuilds. */
export function splitRebuilds(plan: SplitPlan): string {
  if (plan.manifestsFirst) {
    return t(
      'Dependencies are installed again only when {0} change; editing a source file rebuilds what comes after.',
      plan.manifestsFirst.files.join(', '),
    );
  }
  return plan.copiesAllFirst
    ? t('As before, editing any file of the project installs all dependencies again.')
    : t('The builder stage is cached as the single stage was, and its files are copied anew only when they differ.');
}
