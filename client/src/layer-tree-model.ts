/** The layer tree as plain data: report in, nodes out. Knows nothing of the editor, so that it is tested without one. */
import type { CacheStatus, Report, Stage, Step } from '../../server/src/report/types';
import {
  costInBrief,
  costInWords,
  expectedInWords,
  forecastInWords,
  isMiss,
  layerNumber,
  rebuildInWords,
  statusWord,
} from '../../server/src/report/words';
import { formatBytes, formatEstimate, formatSpanInBrief } from '../../server/src/size/format';
import { causeNode } from './cause-nodes';
import { contextNode, partNodes } from './part-nodes';

/** A sentence in the user's language, as `vscode.l10n.t`. */
export type Translate = (sentence: string, ...parameters: (string | number)[]) => string;

export type NodeKind =
  | 'stage'
  | 'container'
  | 'configuration'
  | 'step'
  | 'layer'
  | 'base'
  | 'path'
  | 'packages'
  | 'package'
  | 'wasted'
  | 'secrets'
  | 'needless'
  | 'context'
  | 'cause'
  | 'changed';

export interface TreeNode {
  /** Stays the same while the Dockerfile is edited around it, so that the tree keeps what is open and selected. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly icon: NodeIcon;
  /** First and last line, from 1; absent for what stands on no line. */
  readonly lines?: { readonly first: number; readonly last: number };
  /** Line (from 1) that a click leads to, where the node itself stands on none. */
  readonly leadsTo?: number;
  /** File that a click opens: its path in the build context. */
  readonly opens?: string;
  readonly children: readonly TreeNode[];
  readonly initiallyOpen: boolean;
  /** Name or number of the stage, for stages that could be made the target. */
  readonly targetName?: string;
}

export interface NodeIcon {
  /** Name of a codicon. */
  readonly name: string;
  /** Name of a theme colour; the icon's shape and the description say the same without it. */
  readonly color?: string;
}

/** Characters of an instruction that a label shows; the tooltip has all of it. */
const labelLength = 21;
/** Bytes from which on the known part of a layer is worth a figure. */
const tellingPart = 1_000_000;
/** Less than this share of a layer that is wasted is not worth a figure beside it. */
const tellingShare = 0.01;

/** Flags that say how and not what; a label leaves them out to keep room for the size. */
const incidentalFlag = /^--(?:mount|network|security|chown|chmod|link|parents|checksum|exclude)(?:=|$)/;

/** Stages in the order of the file, then what the build sends; the whole tree is made at once, being a few hundred nodes at most. */
export function layerTree(report: Report, t: Translate): readonly TreeNode[] {
  return [...report.stages.map((stage) => stageNode(report, stage, t)), ...contextNode(report, t)];
}

/** The innermost node for a line (from 1), as the tree is to select it. */
export function nodeAt(nodes: readonly TreeNode[], line: number): TreeNode | undefined {
  for (const node of nodes) {
    const inner = nodeAt(node.children, line);
    if (inner !== undefined) return inner;
    if (node.kind !== 'stage' && node.lines !== undefined && node.lines.first <= line && line <= node.lines.last) {
      return node;
    }
  }
  return nodes.find(
    (node) => node.kind === 'stage' && node.lines !== undefined && node.lines.first <= line && line <= node.lines.last,
  );
}

function stageNode(report: Report, stage: Stage, t: Translate): TreeNode {
  const id = `stage:${stage.index}`;
  const layers = stage.steps.filter((step) => step.produces === 'layer');
  const others = stage.steps.filter((step) => step.produces !== 'layer');
  const only = report.stages.length === 1;
  const name = stage.name ?? (only ? t('Image') : t('Stage {0}', stage.index));
  const count = stage.layers ?? layers.length;
  const state = stage.target ? t('target') : stage.built ? t('built') : t('not built');
  const children = [
    ...(stage.target ? [containerNode(id, t)] : []),
    ...(others.length > 0 ? [configurationNode(report, id, others, t)] : []),
    ...layers.map((step, index) => layerNode(report, id, step, index, t)).reverse(),
    baseNode(report, id, stage, t),
  ];
  return {
    id,
    kind: 'stage',
    label: name,
    description: [
      formatEstimate(stage.size),
      layerCount(count, stage.layers !== undefined, t),
      ...(only && stage.target ? [] : [state]),
    ].join(' · '),
    tooltip: stageTooltip(report, stage, t),
    icon: stage.target
      ? { name: 'target' }
      : stage.built
        ? { name: 'layers' }
        : { name: 'circle-slash', color: 'disabledForeground' },
    lines: { first: stage.line, last: stage.endLine },
    children,
    initiallyOpen: stage.built,
    ...(stage.target ? {} : { targetName: stage.name ?? String(stage.index) }),
  };
}

function containerNode(stageId: string, t: Translate): TreeNode {
  return {
    id: `${stageId}/container`,
    kind: 'container',
    label: t('Container'),
    description: t('writable layer'),
    tooltip: t(
      'What a container adds when it runs: an empty writable layer on top of the image. What a program writes goes there and is lost with the container, unless it goes to a volume. The layers below are never changed.',
    ),
    icon: { name: 'edit' },
    children: [],
    initiallyOpen: false,
  };
}

function configurationNode(report: Report, stageId: string, steps: readonly Step[], t: Translate): TreeNode {
  const id = `${stageId}/configuration`;
  const names = [...new Set(steps.map(({ instruction }) => instruction.toUpperCase()))];
  return {
    id,
    kind: 'configuration',
    label: t('Configuration'),
    description: names.join(', '),
    tooltip: t('Instructions that set how the image is built or run. They add no files and no layer.'),
    icon: { name: 'settings-gear' },
    children: steps.map((step, index) => ({
      id: `${id}/${index}`,
      kind: 'step' as const,
      label: shortened(step.text),
      description: step.produces === 'metadata' ? t('metadata') : t('no layer'),
      tooltip: stepTooltip(report, step, t),
      icon: { name: 'symbol-property' },
      ...linesOf(step),
      children: [],
      initiallyOpen: false,
    })),
    initiallyOpen: false,
  };
}

function layerNode(report: Report, stageId: string, step: Step, index: number, t: Translate): TreeNode {
  const id = `${stageId}/layer:${index}`;
  const number = layerNumber(step);
  const cost = step.cache.cost === undefined ? undefined : costInBrief(step.cache.cost);
  const wasted = step.wasted?.bytes ?? 0;
  return {
    id,
    kind: 'layer',
    label: `${number === undefined ? '' : `${number}  `}${shortened(step.text)}`,
    description: [
      // The size first: in a narrow side bar the end is cut off, and the icon tells the status too.
      step.size.bytes === null && (step.size.known ?? step.size.low) < tellingPart
        ? t('size?')
        : formatSpanInBrief(step.size),
      [statusWord(step.cache.status), ...(cost === undefined ? [] : [cost])].join(' '),
      ...(wasted >= Math.min(tellingPart, (step.size.bytes ?? step.size.low) * tellingShare) && wasted > 0
        ? [t('{0} wasted', formatBytes(wasted))]
        : []),
    ].join(' · '),
    tooltip: stepTooltip(report, step, t),
    icon: statusIcon(step.cache.status),
    ...linesOf(step),
    children: [...causeNode(id, step, t), ...partNodes(id, report, step, t)],
    initiallyOpen: false,
  };
}

function baseNode(report: Report, stageId: string, stage: Stage, t: Translate): TreeNode {
  const { base } = stage;
  const first = stage.steps.find((step) => step.origin === undefined);
  const lines = { first: stage.line, last: first === undefined ? stage.endLine : Math.max(stage.line, first.line - 1) };
  const common = { id: `${stageId}/base`, kind: 'base' as const, lines, initiallyOpen: false };
  switch (base.kind) {
    case 'scratch':
      return {
        ...common,
        label: 'scratch',
        description: t('empty base'),
        tooltip: t('The stage starts from nothing.'),
        icon: { name: 'circle-large-outline' },
        children: [],
      };
    case 'unresolved':
      return {
        ...common,
        label: base.image === '' ? t('Base image') : base.image,
        description: t('unknown'),
        tooltip: base.source,
        icon: { name: 'question' },
        children: [],
      };
    case 'stage': {
      const from = report.stages.find(({ index }) => index === base.stage);
      return {
        ...common,
        label: from?.name ?? base.image,
        description: [t('base stage'), formatEstimate(base.size)].join(' · '),
        tooltip: t('This stage continues another stage of this file: its layers are below this line.'),
        icon: { name: 'layers' },
        children: [],
      };
    }
    case 'image':
      return {
        ...common,
        label: base.image,
        description: [
          t('base'),
          ...(base.layers === undefined ? [] : [layerCount(base.layers, true, t)]),
          formatEstimate(base.size),
        ].join(' · '),
        tooltip: [
          `\`${base.image}\``,
          ...(base.os === undefined ? [] : [escaped(base.os)]),
          ...(base.compressedSize === undefined ? [] : [t('{0} to download', formatBytes(base.compressedSize))]),
          ...(base.source === '' ? [] : [sentence(base.source)]),
          ...base.size.evidence.map(sentence),
        ].join('\n\n'),
        icon: { name: 'package' },
        children: [],
      };
    default:
      return base.kind satisfies never;
  }
}

function statusIcon(status: CacheStatus): NodeIcon {
  switch (status) {
    case 'cached':
      return { name: 'pass', color: 'charts.green' };
    case 'rebuilds':
      return { name: 'sync', color: 'charts.orange' };
    case 'may rebuild':
      return { name: 'question', color: 'charts.yellow' };
    case 'not built':
      return { name: 'circle-slash', color: 'disabledForeground' };
    case 'no record':
      return { name: 'circle-large-outline' };
    case 'pending':
      return { name: 'watch' };
    default:
      return status satisfies never;
  }
}

function stepTooltip(report: Report, step: Step, t: Translate): string {
  const number = layerNumber(step);
  const heading =
    step.produces === 'layer'
      ? [
          number === undefined ? t('Layer') : t('Layer {0}', number),
          formatSpanInBrief(step.size),
          statusWord(step.cache.status),
        ].join(' · ')
      : step.produces === 'metadata'
        ? t('Metadata, no layer')
        : t('Leaves nothing in the image');
  const lines = step.affects.filter((line) => line !== step.line);
  return [
    `**${heading}**`,
    `\`\`\`dockerfile\n${step.text.replaceAll('```', "'''")}\n\`\`\``,
    sentence(step.cache.reason),
    ...(step.cache.cost === undefined ? [] : [`${t('Cost')}: ${costInWords(step.cache.cost)}.`]),
    ...(step.forecast === undefined ? [] : [forecastInWords(step.forecast, report.forecast)]),
    ...(step.produces === 'layer' ? [...rangeOf(step, t), ...[...new Set(step.size.evidence)].map(sentence)] : []),
    ...(lines.length === 0 ? [] : [t('An edit here would also rebuild lines {0}.', lines.slice(0, 10).join(', '))]),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

/** The range that most likely holds the size, where there is one. */
function rangeOf({ size: { bytes, low, high } }: Step, t: Translate): readonly string[] {
  if (bytes === null || high === null || formatBytes(low) === formatBytes(high)) return [];
  return [t('Most likely between {0} and {1}.', formatBytes(low), formatBytes(high))];
}

function stageTooltip(report: Report, stage: Stage, t: Translate): string {
  const own = stage.steps.filter((step) => step.produces === 'layer');
  const cached = own.filter((step) => step.cache.status === 'cached').length;
  const judged = own.some(({ cache }) => cache.status === 'cached' || isMiss(cache));
  const next = stage.target ? rebuildInWords(report) : undefined;
  return [
    `**${escaped(stage.name ?? t('Stage {0}', stage.index))}** · ${formatEstimate(stage.size)}`,
    t('From {0}', `\`${stage.base.image}\``),
    ...(judged ? [t('{0} of {1} own layers cached', cached, own.length)] : []),
    ...(next === undefined
      ? []
      : [
          [`${t('Next build')}: ${next}`, ...(report.rebuild === undefined ? [] : [costInWords(report.rebuild)])].join(
            ', ',
          ),
        ]),
    ...(stage.target && report.forecast !== undefined ? [escaped(expectedInWords(report.forecast))] : []),
    ...(stage.built ? [] : [t('The target {0} does not need this stage.', escaped(report.target ?? ''))]),
  ].join('\n\n');
}

function linesOf(step: Step): Pick<TreeNode, 'lines'> {
  return step.origin === 'onbuild' ? {} : { lines: { first: step.line, last: step.endLine } };
}

function layerCount(count: number, whole: boolean, t: Translate): string {
  const layers = count === 1 ? t('1 layer') : t('{0} layers', count);
  return whole ? layers : t('{0} above the base', layers);
}

function shortened(text: string): string {
  const words = text.trim().split(/\s+/);
  const command = words.findIndex((word, index) => index > 0 && !word.startsWith('--'));
  const flat = words.filter((word, index) => index >= command || !incidentalFlag.test(word)).join(' ');
  return flat.length <= labelLength ? flat : `${flat.slice(0, labelLength - 1)}…`;
}

/** A sentence as Markdown, with its full stop: what stands between backticks is code, everything else is text. */
function sentence(text: string): string {
  const whole = text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
  return whole
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!<>|~&]/g, '\\$&');
}
