/**
 * Scripts of `package.json`: what they do is the project's own, and their names tell what kind of thing that is. A build leaves what it makes
 * and often a cache: bundles of Vite, Rollup and tsc take tens of kilobytes to a few megabytes, Next.js and Angular with their caches up to
 * 150 MB. Checks leave little.
 */
import { t } from '../localize';
import { ranged } from './node-pool';
import type { SizeRange, WrittenPart } from './types';

const builds =
  /^(?:build|dist|compile|bundle|webpack|rollup|vite|tsc|transpile|generate|export|prod(?:uction)?|release|package|prepare|prepack|postinstall|static|assets)(?:$|[:.-])/i;
const checks =
  /^(?:test|lint|check|typecheck|type-check|format|prettier|eslint|audit|coverage|e2e|unit|ci)(?:$|[:.-])/i;

function sizeOf(script: string): SizeRange | undefined {
  if (builds.test(script)) return ranged(3e6, 15e3, 150e6, 'estimated');
  return checks.test(script) ? ranged(10e3, 0, 20e6, 'estimated') : undefined;
}

/** What a script leaves below the project's folder, and where the figure is from; undefined when its name says nothing. */
export function leftByRun(
  script: string | undefined,
  folder: string | undefined,
): { readonly writes: readonly WrittenPart[]; readonly evidence: readonly string[] } | undefined {
  const size = script === undefined ? undefined : sizeOf(script);
  if (script === undefined || size === undefined || folder === undefined) return undefined;
  return {
    writes: [{ path: folder, kind: 'tree', size, label: t('results of {0}', script) }],
    evidence: [t('What scripts of this name usually leave: {0}. Only a build tells what this one does.', script)],
  };
}
