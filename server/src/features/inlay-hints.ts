/** `textDocument/inlayHint`: at the end of each instruction, the layer it makes, its size and its cache status. */
import type { InlayHint, Range } from 'vscode-languageserver';
import { t } from '../localize';
import type { Stage, Step } from '../report/types';
import { isMiss, layerNumber, statusWord } from '../report/words';
import { formatBytes, formatEstimate, formatSpanInBrief } from '../size/format';
import { type AnalysedDocument, endOfFrom, endOfLine, writtenSteps } from './analysed-document';
import { describeStage, describeStep } from './layer-story';
import { shortCauses } from './wording';

/** VS Code cuts a hint after so many characters (`editor.inlayHints.maximumLength`). */
export const longestHint = 43;

/** Bytes from which on the known part of a layer is worth a figure. */
const tellingPart = 1_000_000;

/** What `inlayHint/resolve` finds its hint by. */
export interface HintData {
  readonly uri: string;
  readonly version: number;
  /** First line (from 1) of the instruction. */
  readonly line: number;
}

/** Hints for the instructions that end within the range (lines, inclusive). Tooltips come with `resolveHint`. */
export function inlayHints(document: AnalysedDocument, range: Range): InlayHint[] {
  if (!document.settings.inlayHints.enabled) return [];
  const within = (line: number) => range.start.line <= line && line <= range.end.line;
  const hint = (endLine: number, line: number, label: string): InlayHint => ({
    position: endOfLine(document, endLine),
    label,
    paddingLeft: true,
    data: { uri: document.uri, version: document.version, line } satisfies HintData,
  });
  const bases = document.report.stages
    .filter((stage) => within(endOfFrom(document, stage)))
    .map((stage) => hint(endOfFrom(document, stage), stage.line, baseLabel(stage)))
    .filter(({ label }) => label !== '');
  // An instruction that the builder does not understand makes nothing; its diagnostic says what there is to say.
  const refused = document.errorLines;
  const steps = writtenSteps(document.report)
    .filter(({ step }) => within(step.endLine - 1) && !(step.produces === 'nothing' && refused.has(step.line - 1)))
    .map(({ step }) => hint(step.endLine - 1, step.line, stepLabel(step)));
  return [...bases, ...steps].sort((left, right) => left.position.line - right.position.line);
}

/** The hint with its tooltip: the same story that hover tells. A hint of another text stays as it is. */
export function resolveHint(document: AnalysedDocument, hint: InlayHint, data: HintData): InlayHint {
  if (document.version !== data.version) return hint;
  const placed = writtenSteps(document.report).find(({ step }) => step.line === data.line);
  const stage = document.report.stages.find(({ line }) => line === data.line);
  const value = placed
    ? describeStep(document.report, placed)
    : stage
      ? describeStage(document.report, stage)
      : undefined;
  return value === undefined ? hint : { ...hint, tooltip: { kind: 'markdown', value } };
}

/** What stands behind an instruction, at most `longestHint` characters, the most telling form that fits. */
export function stepLabel(step: Step): string {
  const status = statusWord(step.cache.status);
  switch (step.produces) {
    case 'layer': {
      const number = layerNumber(step);
      const layer = number === undefined ? t('layer') : t('layer {0}', number);
      const size = sizeLabel(step);
      const causes = shortCauses(step).map((cause) => `${status}: ${cause}`);
      const sizeKnown = size !== t('size unknown');
      return fitting([
        ...causes.map((cause) => [layer, size, cause]),
        // That a size is not known says less than why the step runs again.
        ...(sizeKnown ? [] : causes.map((cause) => [layer, cause])),
        [layer, size, status],
        [layer, status],
        [status],
      ]);
    }
    case 'metadata':
      // Metadata costs nothing to make again, so only a change that others pay for is worth a word.
      return isMiss(step.cache) && step.affects.length > 0 ? fitting([[t('metadata'), status]]) : t('metadata');
    case 'nothing':
      return isMiss(step.cache) && step.affects.length > 0 ? fitting([[t('no layer'), status]]) : t('no layer');
    default:
      return step.produces satisfies never;
  }
}

/** What stands behind FROM: where the stage begins. Empty when there is nothing to say. */
export function baseLabel(stage: Stage): string {
  const { base } = stage;
  switch (base.kind) {
    case 'scratch':
      return t('empty base');
    case 'unresolved':
      return '';
    case 'image':
    case 'stage': {
      const layers = base.layers === undefined ? undefined : layerCount(base.layers);
      const size = formatEstimate(base.size);
      const name = base.kind === 'image' ? t('base') : t('base stage');
      return fitting([
        [name, ...(layers === undefined ? [] : [layers]), size],
        [name, size],
      ]);
    }
    default:
      return base.kind satisfies never;
  }
}

/** `1 layer`, `8 layers`. */
export function layerCount(count: number): string {
  return count === 1 ? t('1 layer') : t('{0} layers', count);
}

function sizeLabel(step: Step): string {
  // An empty layer is a fact worth a plain figure, whatever the basis says about it.
  if (step.size.bytes === 0 && step.size.high === 0) return formatBytes(0);
  // Where most of it is not known, what is known of trifles would look like a figure of the layer.
  const { bytes, known, low } = step.size;
  if (bytes === null && (known ?? low) < tellingPart) return t('size unknown');
  return formatSpanInBrief(step.size);
}

function fitting(candidates: readonly (readonly string[])[]): string {
  const texts = candidates.map((parts) => parts.join(' · '));
  const last = texts.at(-1) ?? '';
  return texts.find((text) => text.length <= longestHint) ?? `${last.slice(0, longestHint - 1)}…`;
}
