/** The whole story of a layer as Markdown: what hover shows, and what the tooltip of a hint shows. */
import { t } from '../localize';
import type { PathSize, Report, Stage, StageBaseReport, Step } from '../report/types';
import { costInWords, expectedInWords, isMiss, layerNumber, rebuildInWords, statusWord } from '../report/words';
import { formatBytes, formatEstimate } from '../size/format';
import type { Basis, Estimate } from '../size/types';
import { type PlacedStep, stageName } from './analysed-document';
import { cacheStory, rebuildsAfterEdit } from './cache-story';
import { asSentence, lineLink } from './story-links';
import { codeSpan, escapeMarkdown, sentenceMarkdown } from './wording';

/** Paths that a hover lists; the tree shows all that the report has. */
const listedPaths = 5;
const listedInside = 3;

/**
 * What one step adds to the image, where each figure comes from, why it is or is not reused, and what an edit of it
 * would cost. With `documentUri`, lines are links into the document.
 */
export function describeStep(report: Report, { stage, step }: PlacedStep, documentUri?: string): string {
  const paragraphs = [
    `**${stepHeading(step)}**`,
    ...cacheStory(report, step, documentUri),
    whatItAdds(step),
    largestPaths(step),
    wasted(step),
    step.produces === 'layer' ? figures(step.size) : undefined,
    rebuildsAfterEdit(step, documentUri),
    stage.built ? undefined : notBuilt(report, stage),
  ];
  return paragraphs.filter((paragraph) => paragraph !== undefined && paragraph !== '').join('\n\n');
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
    stage.built ? undefined : notBuilt(report, stage),
  ];
  return paragraphs.filter((paragraph) => paragraph !== undefined).join('\n\n');
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

function stageTitle(report: Report, stage: Stage): string {
  if (report.stages.length === 1 && stage.name === undefined) return t('Image');
  const name = escapeMarkdown(stageName(stage));
  return stage.target ? t('Stage {0}: the target', name) : t('Stage {0}', name);
}

function imageTotal(stage: Stage, own: number): string {
  const size = formatEstimate(stage.size);
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
      const size = formatEstimate(step.size);
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

/** Files and bytes; what adds none says so in its heading and its reason. */
function whatItAdds({ fileCount, size }: Step): string | undefined {
  if (fileCount === undefined) return undefined;
  const files = fileCount === 1 ? t('1 file') : t('{0} files', fileCount.toLocaleString('en'));
  return size.bytes === null ? t('Adds {0}.', files) : t('Adds {0}, {1}.', files, formatEstimate(size));
}

/** The largest paths that do not lie in one another, and below the largest of them what it holds. */
function largestPaths(step: Step): string | undefined {
  const paths = step.contents ?? [];
  if (paths.length === 0) return undefined;
  const isIn = (path: string, folder: PathSize) =>
    folder.type === 'directory' && path !== folder.path && path.startsWith(`${folder.path.replace(/\/$/, '')}/`);
  const outer = paths.filter(({ path }) => !paths.some((other) => isIn(path, other))).slice(0, listedPaths);
  const [largest] = outer;
  const inside = largest === undefined ? [] : paths.filter(({ path }) => isIn(path, largest));
  const inner = inside.filter(({ path }) => !inside.some((other) => isIn(path, other))).slice(0, listedInside);
  const row = ({ path, size, type }: PathSize) => {
    const shown = type === 'directory' && !path.endsWith('/') ? `${path}/` : path;
    return `- ${codeSpan(shown)} ${formatBytes(size)}`;
  };
  const rows = outer.flatMap((each) => [row(each), ...(each === largest ? inner.map((one) => `  ${row(one)}`) : [])]);
  return [`${t('Largest in it:')}\n`, ...rows].join('\n');
}

function wasted(step: Step): string | undefined {
  const bytes = step.wasted?.bytes ?? 0;
  if (step.wasted === undefined || bytes === 0) return undefined;
  return t(
    '{0} of it is deleted or overwritten by later layers and still has to be stored.',
    formatEstimate(step.wasted),
  );
}

function figures(size: Estimate): string | undefined {
  if (size.evidence.length === 0) return undefined;
  const range =
    size.bytes !== null && size.high !== null && size.low < size.high
      ? ` (${t('between {0} and {1}', formatBytes(size.low), formatBytes(size.high))})`
      : '';
  const sentences = size.evidence.map((each) => sentenceMarkdown(asSentence(each)));
  const lead = `${t('Size')}: ${basisWord(size.basis)}${range}.`;
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
