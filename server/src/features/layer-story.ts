/** The whole story of a layer as Markdown: what hover shows, and what the tooltip of a hint shows. */
import { t } from '../localize';
import type { Report, Stage, StageBaseReport, Step } from '../report/types';
import { costInWords, expectedInWords, isMiss, layerNumber, rebuildInWords, statusWord } from '../report/words';
import { formatBytes, formatEstimate, formatSpan } from '../size/format';
import type { Basis, Estimate } from '../size/types';
import { type PlacedStep, stageName } from './analysed-document';
import { cacheStory, rebuildsAfterEdit } from './cache-story';
import { breakdown, printedStory, wasteStory, weightStory } from './layer-breakdown';
import { asSentence, lineLink } from './story-links';
import { codeSpan, escapeMarkdown, sentenceMarkdown, withoutStrikes } from './wording';

/**
 * What one step adds to the image, where each figure comes from, why it is or is not reused, and what an edit of it
 * would cost. With `documentUri`, lines are links into the document.
 */
export function describeStep(report: Report, { stage, step }: PlacedStep, documentUri?: string): string {
  const paragraphs = [
    `**${stepHeading(step)}**`,
    ...cacheStory(report, step, documentUri),
    step.produces === 'layer' ? sizeStory(step) : undefined,
    ...breakdown(step),
    wasteStory(step, documentUri),
    ...weightStory(report, step),
    printedStory(step),
    step.produces === 'layer' ? sources(step.size) : undefined,
    rebuildsAfterEdit(step, documentUri),
    stage.built ? undefined : notBuilt(report, stage),
  ];
  return withoutStrikes(paragraphs.filter((paragraph) => paragraph !== undefined && paragraph !== '').join('\n\n'));
}

/** What a stage is built on, what it comes to, and whether the target needs it. */
export function describeStage(report: Report, stage: Stage, documentUri?: string): string {
  const own = stage.steps.filter((step) => step.produces === 'layer');
  const reused = own.filter((step) => step.cache.status === 'cached').length;
  const paragraphs = [
    `**${stageTitle(report, stage)}**`,
    describeBase(report, stage.base, documentUri),
    imageTotal(stage, own.length),
    stage.built && own.length > 0 ? t('{0} of {1} own layers would be reused.', reused, own.length) : undefined,
    stage.target ? nextBuild(report) : undefined,
    stage.target ? imageWaste(report) : undefined,
    stage.target ? contextStory(report) : undefined,
    stage.built ? undefined : notBuilt(report, stage),
  ];
  return withoutStrikes(paragraphs.filter((paragraph) => paragraph !== undefined).join('\n\n'));
}

/** What the next build of the target runs again, and what a commit costs on average. */
function nextBuild(report: Report): string | undefined {
  const steps = rebuildInWords(report);
  const cost = report.rebuild === undefined ? '' : ` ${asSentence(costInWords(report.rebuild))}`;
  const parts = [
    steps === undefined ? undefined : `${t('Next build')}: **${steps}**.${cost}`,
    report.forecast === undefined ? undefined : escapeMarkdown(expectedInWords(report.forecast)),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

/** What nobody can see of the image, and what dive prints where it counts otherwise. */
function imageWaste({ image: { wasted, dive } }: Report): string | undefined {
  if ((wasted.bytes ?? wasted.low) === 0) return undefined;
  const differs = (dive?.wasted.bytes ?? 0) > (wasted.bytes ?? 0) * 1.01;
  return [
    t('Wasted: {0}, deleted or written again by later layers.', formatEstimate(wasted)),
    ...(dive === undefined || !differs
      ? []
      : [t('`dive` prints {0}: it also counts the copy that stays.', formatEstimate(dive.wasted))]),
  ].join(' ');
}

/** What the build sends of its context, and what stays behind. */
function contextStory({ contextWeight }: Report): string | undefined {
  if (contextWeight === undefined) return undefined;
  const { sent, whole } = contextWeight;
  const left = whole.bytes - sent.bytes;
  return [
    sent.files === 0
      ? t('The build sends no file of its context.')
      : t(
          'The build sends {0} of its context in {1} files; a builder that had it before asks only for what changed.',
          formatBytes(sent.bytes),
          sent.files.toLocaleString('en'),
        ),
    ...(left > 0 ? [t('{0} more is not ignored, but no line asks for it, so it is not sent.', formatBytes(left))] : []),
  ].join(' ');
}

function stageTitle(report: Report, stage: Stage): string {
  if (report.stages.length === 1 && stage.name === undefined) return t('Image');
  const name = escapeMarkdown(stageName(stage));
  return stage.target ? t('Stage {0}: the target', name) : t('Stage {0}', name);
}

function imageTotal(stage: Stage, own: number): string {
  const size = formatSpan(stage.size);
  return stage.layers === undefined
    ? t('Image: {0}; {1} of its own layers on top of the base.', size, own)
    : t('Image: {0}, {1} layers: {2} from the base, {3} of its own.', size, stage.layers, stage.layers - own, own);
}

/** `Layer 3 · 45.2 MB · cached`. */
export function stepHeading(step: Step): string {
  const status = statusWord(step.cache.status);
  switch (step.produces) {
    case 'layer': {
      const number = layerNumber(step);
      const layer = number === undefined ? t('Layer') : t('Layer {0}', number);
      const size = formatSpan(step.size);
      return [layer, size, status].join(' · ');
    }
    case 'metadata':
      // Metadata costs nothing to make, so only a change of it is worth a word.
      return isMiss(step.cache) ? [t('Metadata, no layer'), status].join(' · ') : t('Metadata, no layer');
    case 'nothing':
      return t('Leaves nothing in the image');
    default:
      return step.produces satisfies never;
  }
}

/** How a figure was come by, as one word that hover puts before the evidence. */
export function basisWord(basis: Basis): string {
  switch (basis) {
    case 'exact':
      return t('exact');
    case 'measured':
      return t('measured');
    case 'computed':
      return t('computed');
    case 'estimated':
      return t('estimated');
    case 'unknown':
      return t('unknown');
    default:
      return basis satisfies never;
  }
}

/** How much, how certain, in how many files: `~155 MB, most likely between 142 MB and 174 MB, in about 9,100 files.` */
function sizeStory({ fileCount, size }: Step): string | undefined {
  const files =
    fileCount === undefined || fileCount === 0
      ? undefined
      : fileCount === 1
        ? t('in 1 file')
        : size.basis === 'exact' || size.basis === 'computed'
          ? t('in {0} files', fileCount.toLocaleString('en'))
          : t('in about {0} files', roughly(fileCount).toLocaleString('en'));
  const range = certainty(size);
  const amount = size.bytes === null ? sizeInWords(size) : formatEstimate(size);
  const parts = [amount, range, size.bytes === null ? undefined : files].filter((part) => part !== undefined);
  return `${t('Size')}: ${parts.join(', ')}.`;
}

/** A count to two figures, as one says it. */
function roughly(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.round(count / unit) * unit;
}

/** What is known where the whole is not. */
function sizeInWords(size: Estimate): string {
  const known = size.known ?? size.low;
  return known === 0 ? t('not known') : t('{0} and more that is not known', formatBytes(known));
}

/** `exact`, `measured`, or the range that most likely holds it. */
function certainty({ bytes, low, high, basis }: Estimate): string | undefined {
  if (bytes === null || basis === 'unknown') return undefined;
  if (high !== null && formatBytes(low) !== formatBytes(high)) {
    return t('most likely between {0} and {1}', formatBytes(low), formatBytes(high));
  }
  return basisWord(basis);
}

/** Where the figure comes from. */
function sources(size: Estimate): string | undefined {
  const evidence = [...new Set(size.evidence)];
  // It is true of every RUN, and no reason for what is not known.
  const plain = t('From what its commands do to files.');
  const telling = evidence.length > 1 ? evidence.filter((each) => each !== plain) : evidence;
  const sentences = telling.map((each) => sentenceMarkdown(asSentence(each)));
  if (sentences.length === 0) return undefined;
  const lead = size.bytes === null ? t('Why it is not known:') : t('Where the figure comes from:');
  return sentences.length === 1
    ? `${lead} ${sentences[0]}`
    : [`${lead}\n`, ...sentences.map((each) => `- ${each}`)].join('\n');
}

function describeBase(report: Report, base: StageBaseReport, documentUri: string | undefined): string {
  switch (base.kind) {
    case 'scratch':
      return t('Starts from nothing (`scratch`).');
    case 'unresolved':
      return t('The base image cannot be known: {0}', sentenceMarkdown(base.source));
    case 'stage': {
      const from = report.stages.find((stage) => stage.index === base.stage);
      const line = from === undefined ? '' : ` (${lineLink(from.line, documentUri)})`;
      return t('Continues stage {0}{1}, {2}.', escapeMarkdown(base.image), line, formatEstimate(base.size));
    }
    case 'image': {
      const facts = [
        base.layers === undefined ? undefined : base.layers === 1 ? t('1 layer') : t('{0} layers', base.layers),
        formatEstimate(base.size),
        base.compressedSize === undefined ? undefined : t('{0} to download', formatBytes(base.compressedSize)),
        base.os === undefined ? undefined : escapeMarkdown(base.os),
        base.packageManager === undefined || base.packageManager === 'none' ? undefined : base.packageManager,
      ].filter((fact) => fact !== undefined);
      const source = base.source === '' ? '' : `\n\n${sentenceMarkdown(asSentence(base.source))}`;
      return `${t('Base image {0}: {1}.', codeSpan(base.image), facts.join(', '))}${source}`;
    }
    default:
      return base.kind satisfies never;
  }
}

function notBuilt(report: Report, stage: Stage): string {
  const target = report.target ?? report.stages.find((each) => each.target)?.name;
  return target === undefined
    ? t('The target does not need stage {0}: it is not built.', escapeMarkdown(stageName(stage)))
    : t(
        'The target {0} does not need stage {1}: it is not built.',
        escapeMarkdown(target),
        escapeMarkdown(stageName(stage)),
      );
}
