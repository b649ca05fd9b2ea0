/** A report of the study note's Dockerfile, written by hand, for tests of the surfaces. */
import { type AnalysedDocument, linesOf } from '../../../server/src/features/analysed-document';
import { defaultSettings } from '../../../server/src/features/settings';
import type { Settings } from '../../../server/src/protocol';
import type { Report, Stage, Step } from '../../../server/src/report/types';
import type { Estimate } from '../../../server/src/size/types';

export const unknownSize: Estimate = { bytes: null, low: 0, high: null, basis: 'unknown', evidence: [] };

export function exact(bytes: number, ...evidence: string[]): Estimate {
  return { bytes, low: bytes, high: bytes, basis: 'exact', evidence };
}

export const sampleText = [
  'FROM node:20 AS app',
  'WORKDIR /app',
  'COPY . .',
  'RUN npm install',
  'RUN npm run build \\',
  '  && npm prune',
  'EXPOSE 3000',
  'CMD ["node","app.js"]',
  '',
].join('\n');

export function step(line: number, instruction: string, change: Partial<Step> = {}): Step {
  return {
    line,
    endLine: line,
    instruction,
    text: instruction,
    produces: 'layer',
    size: exact(0),
    cache: { status: 'cached', reason: 'Same as at the last build.' },
    affects: [],
    ...change,
  };
}

export const sampleStage: Stage = {
  name: 'app',
  index: 0,
  line: 1,
  endLine: 8,
  built: true,
  target: true,
  base: {
    image: 'node:20',
    kind: 'image',
    size: exact(1_100_000_000),
    layers: 8,
    source: 'official-images table',
    os: 'Debian GNU/Linux 12 (bookworm)',
    packageManager: 'apt',
  },
  size: exact(1_145_200_000),
  layers: 12,
  steps: [
    step(2, 'WORKDIR', { layer: 9, text: 'WORKDIR /app', size: exact(0), affects: [3, 4, 5] }),
    step(3, 'COPY', {
      layer: 10,
      text: 'COPY . .',
      size: exact(45_200_000, 'read from the build context'),
      fileCount: 34,
      contents: [
        { path: 'app/public', size: 40_000_000, type: 'directory' },
        { path: 'app/app.js', size: 5_200_000, type: 'file' },
      ],
      cache: { status: 'rebuilds', reason: '`app.js` changed.', cause: { paths: ['src/app.js'], line: 3 } },
      affects: [4, 5],
    }),
    step(4, 'RUN', {
      layer: 11,
      text: 'RUN npm install',
      size: unknownSize,
      cache: { status: 'rebuilds', reason: 'Line 3 reruns.', cause: { line: 3 } },
      affects: [5],
    }),
    step(5, 'RUN', { endLine: 6, layer: 12, text: 'RUN npm run build && npm prune', size: unknownSize }),
    step(7, 'EXPOSE', { produces: 'metadata', text: 'EXPOSE 3000' }),
    step(8, 'CMD', { produces: 'metadata', text: 'CMD ["node","app.js"]' }),
  ],
};

export const sampleReport: Report = {
  version: 1,
  dockerfile: '/project/Dockerfile',
  context: { path: '/project', state: 'ready' },
  target: null,
  platform: 'linux/amd64',
  buildArgs: {},
  baseline: { kind: 'git', label: 'commit 1a2b3c4' },
  stages: [sampleStage],
  image: { size: exact(1_145_200_000), layers: 12, wasted: exact(0), efficiency: 1 },
  contextSize: { bytes: 45_200_000, files: 34 },
  findings: [
    {
      code: 'copy-before-install',
      severity: 'hint',
      message: 'Every change of a source file reinstalls the packages.',
      range: { start: { line: 2, character: 0 }, end: { line: 2, character: 8 } },
      link: 'https://example.com/copy-before-install',
      fixes: ['merge-run:4'],
    },
  ],
  refactorings: [
    {
      id: 'merge-run:4',
      title: 'Merge 2 RUN instructions',
      kind: 'refactor.rewrite',
      line: 4,
      endLine: 6,
      effect: { bytes: { low: -38_000_000, high: -38_000_000 }, layers: -1, cache: 'Line 4 and 5 rebuild together.' },
      changesBehaviour: false,
      edits: [
        {
          range: { start: { line: 3, character: 0 }, end: { line: 5, character: 14 } },
          newText: 'RUN npm install \\\n  && npm run build \\\n  && npm prune',
        },
      ],
    },
    {
      id: 'split-node:1',
      title: 'Split into a multi-stage build',
      kind: 'refactor.extract',
      line: 1,
      endLine: 8,
      effect: { bytes: { low: -950_000_000, high: -900_000_000 }, layers: -2, cache: 'Fewer rebuilds.' },
      changesBehaviour: true,
      caution: 'Development dependencies are no longer in the image.',
      edits: [
        {
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: 19 } },
          newText: 'FROM node:20 AS builder',
        },
      ],
      files: [{ path: '.dockerignore', text: 'node_modules\n' }],
    },
  ],
};

export function sampleDocument(change: Partial<Report> = {}, settings: Partial<Settings> = {}): AnalysedDocument {
  return {
    uri: 'file:///project/Dockerfile',
    version: 7,
    text: sampleText,
    lines: linesOf(sampleText),
    report: { ...sampleReport, ...change },
    errorLines: new Set(),
    settings: { ...defaultSettings, ...settings },
    refusals: [],
    offersFor: () => ({ refactorings: [], refusals: [] }),
    fixedText: () => sampleText,
  };
}
