/** What a layer is made of, as nodes below it in the tree: packages, paths, what is wasted, what hardly belongs into an image. */
import type { PackageSize, PathSize, Report, Step } from '../../server/src/report/types';
import { needlessWord, secretWord } from '../../server/src/report/words';
import { formatBytes, formatEstimate } from '../../server/src/size/format';
import type { NodeIcon, NodeKind, Translate, TreeNode } from './layer-tree-model';

interface Leaf {
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  readonly description: string;
  readonly icon: NodeIcon;
  readonly tooltip?: string;
  readonly children?: readonly TreeNode[];
  /** Line (from 1) that a click leads to. */
  readonly leadsTo?: number;
  /** Path in the build context that a click opens. */
  readonly opens?: string;
}

function node({ tooltip = '', children = [], ...leaf }: Leaf): TreeNode {
  return { ...leaf, tooltip, children, initiallyOpen: false };
}

/** Packages first, being most of what a RUN adds; then paths, then what to do something about. */
export function partNodes(layerId: string, report: Report, step: Step, t: Translate): readonly TreeNode[] {
  return [
    ...packageNodes(layerId, step, t),
    ...pathNodes(layerId, step.contents ?? [], step.size.bytes),
    ...wasteNodes(layerId, step, t),
    ...weightNodes(layerId, report, step, t),
  ];
}

function packageNodes(layerId: string, step: Step, t: Translate): readonly TreeNode[] {
  const packages = step.packages ?? [];
  if (packages.length === 0) return [];
  const id = `${layerId}#packages`;
  const count = step.packageCount ?? packages.length;
  const rows = packages.map((each) =>
    node({
      id: `${id}/${each.manager}/${each.name}@${each.version ?? ''}`,
      kind: 'package',
      label: each.name,
      description: [
        formatEstimate({ ...each, evidence: [] }),
        ...(each.version === undefined ? [] : [each.version]),
      ].join(' · '),
      tooltip: packageTooltip(each, t),
      icon: { name: 'package' },
    }),
  );
  return [
    node({
      id,
      kind: 'packages',
      label: t('Packages'),
      description: count.toLocaleString('en'),
      icon: { name: 'library' },
      children: [...rows, ...moreNode(id, count - packages.length, t)],
    }),
  ];
}

function packageTooltip({ name, version, manager, low, high }: PackageSize, t: Translate): string {
  const range =
    high === null || formatBytes(low) === formatBytes(high)
      ? []
      : [t('Most likely between {0} and {1}.', formatBytes(low), formatBytes(high))];
  return [`\`${name}\` ${version ?? ''} (${manager})`, ...range].join('\n\n');
}

function moreNode(parentId: string, more: number, t: Translate): readonly TreeNode[] {
  if (more <= 0) return [];
  return [
    node({
      id: `${parentId}/#more`,
      kind: 'path',
      label: t('and {0} more', more),
      description: '',
      icon: { name: 'ellipsis' },
    }),
  ];
}

/**
 * Paths, each below the nearest folder that is listed too, so that nothing is counted twice by the eye. `whole` are the bytes that shares
 * are told of.
 */
export function pathNodes(parentId: string, listed: readonly PathSize[], whole: number | null): readonly TreeNode[] {
  const paths = joinedPaths(listed);
  const parentOf = (path: string) =>
    paths
      .filter((other) => other.type === 'directory' && path !== other.path && path.startsWith(folderPrefix(other.path)))
      .sort((left, right) => right.path.length - left.path.length)[0];
  const below = (parent: PathSize | undefined): readonly TreeNode[] =>
    paths
      .filter(({ path }) => parentOf(path)?.path === parent?.path)
      .map((entry) =>
        node({
          id: `${parentId}/${entry.path}`,
          kind: 'path',
          label: parent === undefined ? entry.path || '/' : entry.path.slice(folderPrefix(parent.path).length),
          description: [formatBytes(entry.size), ...(entry.label === undefined ? [] : [shortLabel(entry.label)])].join(
            ' · ',
          ),
          tooltip: [
            `\`${entry.path}\` · ${share(entry.size, whole)} (${entry.size.toLocaleString('en')} B)`,
            ...(entry.label === undefined ? [] : [escaped(entry.label)]),
          ].join('\n\n'),
          icon: { name: pathIcon(entry.type) },
          children: entry.type === 'directory' ? below(entry) : [],
        }),
      );
  return below(undefined);
}

/** Several parts of one path, as logs of several commands, are one node. */
function joinedPaths(listed: readonly PathSize[]): readonly PathSize[] {
  const joined = new Map<string, PathSize>();
  for (const each of listed) {
    const before = joined.get(each.path);
    joined.set(each.path, before === undefined ? each : { ...before, size: before.size + each.size });
  }
  return [...joined.values()];
}

/** Without the command that it comes from, which is the layer's. */
function shortLabel(label: string): string {
  return label.split(': ')[0] ?? label;
}

function folderPrefix(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`;
}

function share(size: number, of: number | null): string {
  if (of === null || of <= 0) return formatBytes(size);
  return `${formatBytes(size)} · ${Math.round((100 * size) / of)} %`;
}

function pathIcon(type: PathSize['type']): string {
  switch (type) {
    case 'file':
      return 'file';
    case 'directory':
      return 'folder';
    case 'symlink':
      return 'file-symlink-file';
    case 'other':
      return 'circle-outline';
    default:
      return type satisfies never;
  }
}

/** A click leads to the line that hides the bytes. */
function wasteNodes(layerId: string, step: Step, t: Translate): readonly TreeNode[] {
  const { wasted, wastedBy = [], wastedCount = wastedBy.length } = step;
  if (wasted === undefined || (wasted.bytes ?? wasted.low) === 0) return [];
  const id = `${layerId}#wasted`;
  const rows = wastedBy.map(({ path, bytes, low, hiddenBy, how }) =>
    node({
      id: `${id}/${hiddenBy}/${path}`,
      kind: 'wasted',
      label: path,
      description: [
        formatBytes(bytes ?? low),
        how === 'deleted' ? t('deleted in line {0}', hiddenBy) : t('written again in line {0}', hiddenBy),
      ].join(' · '),
      icon: { name: how === 'deleted' ? 'trash' : 'copy' },
      leadsTo: hiddenBy,
    }),
  );
  return [
    node({
      id,
      kind: 'wasted',
      label: t('Wasted'),
      description: formatEstimate(wasted),
      tooltip: t('What later lines delete or write again, and this layer keeps.'),
      icon: { name: 'warning', color: 'charts.yellow' },
      children: [...rows, ...moreNode(id, wastedCount - wastedBy.length, t)],
    }),
  ];
}

/** A click opens the file. */
function weightNodes(layerId: string, report: Report, step: Step, t: Translate): readonly TreeNode[] {
  const needless = report.contextWeight?.needless.filter(({ line }) => line === step.line) ?? [];
  const secrets = report.contextWeight?.secrets.filter(({ line }) => line === step.line) ?? [];
  const found: TreeNode[] = [];
  if (secrets.length > 0) {
    const id = `${layerId}#secrets`;
    found.push(
      node({
        id,
        kind: 'secrets',
        label: t('Usually kept secret'),
        description: String(secrets.length),
        tooltip: t(
          'Files that often hold secrets and that this line copies. Only their names were looked at, and of keys and tokens whether they are some.',
        ),
        icon: { name: 'key', color: 'charts.red' },
        children: secrets.map(({ path, kind }) =>
          node({
            id: `${id}/${path}`,
            kind: 'secrets',
            label: path,
            description: secretWord(kind),
            icon: { name: 'file' },
            opens: path,
          }),
        ),
      }),
    );
  }
  if (needless.length > 0) {
    const id = `${layerId}#needless`;
    found.push(
      node({
        id,
        kind: 'needless',
        label: t('Hardly needed'),
        description: formatBytes(needless.reduce((bytes, each) => bytes + each.bytes, 0)),
        tooltip: t('What this line copies and an image hardly needs. Lines in .dockerignore keep it out.'),
        icon: { name: 'warning', color: 'charts.yellow' },
        children: needless.map(({ path, bytes, folder, kind }) =>
          node({
            id: `${id}/${path}`,
            kind: 'needless',
            label: path,
            description: [formatBytes(bytes), needlessWord(kind)].join(' · '),
            icon: { name: folder ? 'folder' : 'file' },
          }),
        ),
      }),
    );
  }
  return found;
}

/** What the build sends of its context, below the stages. */
export function contextNode({ contextWeight }: Report, t: Translate): readonly TreeNode[] {
  if (contextWeight === undefined) return [];
  const { sent, whole, unused } = contextWeight;
  const left = whole.bytes - sent.bytes;
  const id = 'context';
  const files = sent.files === 1 ? t('1 file') : t('{0} files', sent.files.toLocaleString('en'));
  return [
    node({
      id,
      kind: 'context',
      label: t('Build context'),
      description: [formatBytes(sent.bytes), files].join(' · '),
      tooltip: [
        t(
          'What the build sends to the builder: the files that its lines name. A builder that had them before asks only for what changed.',
        ),
        ...(unused !== null && unused.bytes > 0
          ? [t('{0} of it is copied by no line.', formatBytes(unused.bytes))]
          : []),
        ...(left > 0
          ? [t('{0} more is not ignored, but no line asks for it, so it is not sent.', formatBytes(left))]
          : []),
      ].join('\n\n'),
      icon: { name: 'cloud-upload' },
      children: pathNodes(id, sent.largest, sent.bytes),
    }),
  ];
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!<>|~&]/g, '\\$&');
}
