/** Why a layer is made again, as nodes below it in the tree: the cause in one line, and the changed files to open. */
import type { Step } from '../../server/src/report/types';
import { costInWords, isMiss } from '../../server/src/report/words';
import type { NodeIcon, Translate, TreeNode } from './layer-tree-model';

/** One node with the cause, for a layer that runs again, or may; its children are the changed files. */
export function causeNode(layerId: string, step: Step, t: Translate): readonly TreeNode[] {
  const { cache } = step;
  if (!isMiss(cache)) return [];
  const id = `${layerId}#cause`;
  const elsewhere = cache.cause?.line !== undefined && cache.cause.line !== step.line;
  return [
    {
      id,
      kind: 'cause',
      label: cache.reason.replaceAll('`', '').replace(/\.$/, ''),
      description: '',
      tooltip: [
        cache.reason.replace(/[\\*_[\]<>#|]/g, '\\$&'),
        ...(cache.cost === undefined ? [] : [`${t('Cost')}: ${costInWords(cache.cost)}.`]),
      ].join('\n\n'),
      icon: { name: elsewhere ? 'arrow-up' : 'info' },
      leadsTo: cache.cause?.line ?? step.line,
      children: changedNodes(id, step, t),
      initiallyOpen: true,
    },
  ];
}

function changedNodes(causeId: string, step: Step, t: Translate): readonly TreeNode[] {
  const { paths = [], pathCount = paths.length, deleted = [], directories = [] } = step.cache.cause ?? {};
  const node = (id: string, label: string, description: string, icon: NodeIcon, opens?: string): TreeNode => ({
    id: `${causeId}/${id}`,
    kind: 'changed',
    label,
    description,
    tooltip: '',
    icon,
    ...(opens === undefined ? {} : { opens }),
    children: [],
    initiallyOpen: false,
  });
  const nodes = paths.map((path) => {
    if (deleted.includes(path)) return node(path, path, t('deleted'), { name: 'diff-removed' });
    if (directories.includes(path)) return node(path, path === '' ? '.' : `${path}/`, '', { name: 'folder' });
    return node(path, path, '', { name: 'diff-modified' }, path);
  });
  const more = pathCount - paths.length;
  return more > 0 ? [...nodes, node('#more', t('and {0} more', more), '', { name: 'ellipsis' })] : nodes;
}
