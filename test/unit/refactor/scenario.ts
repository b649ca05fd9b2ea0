/** A Dockerfile with the knowledge around it, for tests of refactorings. */
import { buildGraph } from '../../../server/src/build/graph';
import type { ContextEntry, ContextFacts, ContextSnapshot, Totals } from '../../../server/src/context/types';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { Range } from '../../../server/src/dockerfile/types';
import type { ImageFacts, ImageKnowledge } from '../../../server/src/images/types';
import type { PackageIndexes } from '../../../server/src/packages/types';
import type { RefactorContext } from '../../../server/src/refactor/types';
import type { Facts } from '../../../server/src/report/facts';
import { outlookOf } from '../../../server/src/report/outlook';
import type { PathSize, Stage, Step } from '../../../server/src/report/types';
import type { Estimate } from '../../../server/src/size/types';
import { alpineIndex, debianIndex } from '../packages/distribution-fixtures';

export interface Scenario {
  readonly platform?: string;
  readonly target?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** First and last line of the selection, from 1. */
  readonly selection?: readonly [number, number];
  /** Files of the context with their texts; absent: the context is not known yet. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is known of steps, by line from 1. */
  readonly steps?: Readonly<
    Record<
      string,
      { size?: number; duration?: number; cached?: boolean; contents?: readonly PathSize[]; differs?: string }
    >
  >;
  /** Known base images: bytes, layers and environment. */
  readonly images?: Readonly<
    Record<
      string,
      { size: number; layers: number; environment?: readonly string[]; user?: string; digests?: readonly string[] }
    >
  >;
  /** The small indexes of Debian and Alpine are at hand, and every URL answers with so many bytes. */
  readonly indexes?: { readonly urlBytes: number };
}

function indexesOf({ urlBytes }: { readonly urlBytes: number }): PackageIndexes {
  const unknownRelease = { state: 'unknown', reason: 'not in the table' } as const;
  return {
    distribution: (distribution) => ({
      state: 'ready',
      value: distribution === 'alpine' ? alpineIndex : debianIndex,
      basis: 'computed',
      source: 'the index of the test',
    }),
    npm: () => unknownRelease,
    pypi: () => unknownRelease,
    url: () => ({ state: 'ready', value: urlBytes, basis: 'computed', source: 'the test' }),
  };
}

const unknown: Estimate = { bytes: null, low: 0, high: null, basis: 'unknown', evidence: [] };

function measured(bytes: number): Estimate {
  return { bytes, low: bytes, high: bytes, basis: 'measured', evidence: [] };
}

/** The context of a refactoring for a text. */
export function refactorContext(text: string, scenario: Scenario = {}, packages?: PackageIndexes): RefactorContext {
  const dockerfile = parseDockerfile(text);
  const image = (reference: string): ImageKnowledge => {
    const row = scenario.images?.[reference];
    return row ? { kind: 'known', facts: imageFacts(reference, row) } : { kind: 'unknown', reason: 'not in the table' };
  };
  const graph = buildGraph(
    dockerfile,
    {
      buildArguments: scenario.buildArguments ?? {},
      platform: scenario.platform ?? 'linux/amd64',
      ...(scenario.target !== undefined && { target: scenario.target }),
    },
    (reference) => {
      const knowledge = image(reference);
      return knowledge.kind === 'known' ? knowledge.facts.configuration : undefined;
    },
  );
  const stages = graph.stages.map(
    (stage): Stage => ({
      index: stage.index,
      line: stage.instruction.range.start.line + 1,
      endLine: stage.instruction.range.end.line + 1,
      built: stage.needed,
      target: stage.index === graph.target,
      base: { image: '', kind: 'image', size: unknown, source: '' },
      size: unknown,
      steps: stage.steps.map((step): Step => {
        const line = step.instruction.range.start.line + 1;
        const known = scenario.steps?.[line];
        return {
          line,
          endLine: step.instruction.range.end.line + 1,
          instruction: step.instruction.keyword,
          text: step.display,
          produces: step.produces,
          size: known?.size === undefined ? unknown : measured(known.size),
          cache: {
            status: known?.cached ? 'cached' : 'no record',
            reason: '',
            ...(known?.differs !== undefined && { cause: { input: known.differs } }),
          },
          ...(known?.duration !== undefined && { duration: known.duration }),
          ...(known?.contents && { contents: known.contents }),
          affects: [],
        };
      }),
    }),
  );
  const { files } = scenario;
  const known: ContextFacts = files
    ? { state: 'ready', snapshot: snapshotOf(files), ignoreFile: { text: '' } }
    : { state: 'pending' };
  const facts: Facts = {
    context: known,
    image,
    engine: { state: 'absent', reason: 'none here' },
    baseline: { kind: 'none', reason: 'none here' },
    file: (path) => (files ? files[path] : 'pending'),
    ...(scenario.indexes && { packages: indexesOf(scenario.indexes) }),
    ...(packages && { packages }),
  };
  const inputs = {
    dockerfilePath: 'Dockerfile',
    contextPath: '.',
    platform: graph.platform,
    buildArguments: scenario.buildArguments ?? {},
    ...(scenario.target !== undefined && { target: scenario.target }),
  };
  return {
    dockerfile,
    graph,
    report: {
      version: 1,
      dockerfile: 'Dockerfile',
      context: { path: '.', state: files ? 'ready' : 'pending' },
      target: null,
      platform: graph.platform,
      buildArgs: {},
      baseline: { kind: 'none', label: '' },
      stages,
      image: { size: unknown, layers: null, wasted: unknown, efficiency: null },
      contextSize: null,
      findings: [],
    },
    context: known,
    image,
    outlook: (other, change) => outlookOf(other, inputs, facts, change),
    readContextFile: (path) => (files ? files[path] : 'pending'),
    ...(scenario.selection && { selection: linesRange(text, scenario.selection) }),
  };
}

function linesRange(text: string, [first, last]: readonly [number, number]): Range {
  const end = text.split('\n')[last - 1]?.length ?? 0;
  return { start: { line: first - 1, character: 0 }, end: { line: last - 1, character: end } };
}

function imageFacts(
  reference: string,
  row: { size: number; layers: number; environment?: readonly string[]; user?: string; digests?: readonly string[] },
): ImageFacts {
  return {
    reference,
    size: row.size,
    layerCount: row.layers,
    layers: [],
    ...(row.digests && { manifestDigests: row.digests }),
    configuration: { environment: row.environment ?? [], workdir: '/', user: row.user ?? '', onbuild: [] },
    source: { kind: row.digests ? 'engine' : 'shipped', label: 'table' },
  };
}

function snapshotOf(files: Readonly<Record<string, string>>): ContextSnapshot {
  const entries = new Map<string, ContextEntry>();
  const add = (path: string, type: ContextEntry['type'], size: number): void => {
    entries.set(path, {
      path,
      name: path.split('/').at(-1) ?? '',
      type,
      mode: type === 'directory' ? 0o755 : 0o644,
      size,
    });
  };
  for (const [path, text] of Object.entries(files)) {
    const parts = path.split('/');
    for (let depth = 0; depth < parts.length; depth += 1) add(parts.slice(0, depth).join('/'), 'directory', 0);
    add(path, 'file', text.length);
  }
  return {
    version: 1,
    totals: totalsOf(files, ''),
    entry: (path) => entries.get(path),
    children: (path) =>
      [...entries.values()].filter(
        (entry) => entry.path !== '' && entry.path.split('/').slice(0, -1).join('/') === path,
      ),
    totalsOf: (path) => totalsOf(files, path),
    digest: () => undefined,
    unreadable: [],
    archive: (path) =>
      files[path] === 'ARCHIVE' ? { kind: 'archive', bytes: 1, files: 1, largest: [] } : { kind: 'not-an-archive' },
  };
}

function totalsOf(files: Readonly<Record<string, string>>, folder: string): Totals {
  const within = Object.entries(files).filter(
    ([path]) => folder === '' || path === folder || path.startsWith(`${folder}/`),
  );
  return { bytes: within.reduce((sum, [, text]) => sum + text.length, 0), files: within.length };
}
