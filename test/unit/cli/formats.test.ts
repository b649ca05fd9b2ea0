/**
 * Each form of the report against a file of `test/fixtures/cli`. `UPDATE_FIXTURES=1` writes them anew, to be read in the
 * diff.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { createColors } from 'picocolors';
import stringWidth from 'string-width';
import { formatMarkdown } from '../../../server/src/cli/format-markdown';
import { formatSarif } from '../../../server/src/cli/format-sarif';
import { formatText } from '../../../server/src/cli/format-text';
import { withRebuildCosts } from '../../../server/src/report/rebuild-cost';
import type { Report, Stage } from '../../../server/src/report/types';
import { exact, sampleReport, sampleStage, step, unknownSize } from '../features/sample-report';

const fixtures = resolve(__dirname, '../../fixtures/cli');
const update = process.env.UPDATE_FIXTURES === '1';

/** A second stage, words that need escaping, wide characters, ranges of lines, an ONBUILD step, an unknown base. */
const runtime: Stage = {
  ...sampleStage,
  name: 'runtime',
  index: 1,
  line: 10,
  endLine: 13,
  base: { image: '$BASE', kind: 'unresolved', size: unknownSize, source: '' },
  size: { bytes: null, low: 45_200_000, high: null, basis: 'unknown', evidence: [] },
  layers: 3,
  steps: [
    step(11, 'COPY', {
      layer: 1,
      text: 'COPY --from=app /app/dist|* ./',
      size: unknownSize,
      origin: 'onbuild',
      cache: {
        status: 'may rebuild',
        reason: '스테이지 app의 결과에 달려 있습니다 — line 3 reruns',
        cause: { line: 3 },
      },
    }),
    step(12, 'RUN', {
      endLine: 13,
      layer: 2,
      text: 'RUN echo "`한국어`\u001b[2J" && make',
      size: exact(1_000),
      cache: { status: 'no record', reason: 'Nothing to compare with.' },
    }),
  ],
};

/** With changed files, durations of past builds, and the costs that follow. */
function costed(stages: readonly Stage[]) {
  const cause = {
    line: 3,
    paths: ['src/app.js', 'gone|.js', 'lib'],
    pathCount: 14,
    deleted: ['gone|.js'],
    directories: ['lib'],
  };
  const measured = stages.map((stage) => ({
    ...stage,
    steps: stage.steps.map((each) =>
      each.text === 'COPY . .'
        ? {
            ...each,
            duration: 0.3,
            cache: { status: 'rebuilds' as const, reason: 'src/app.js, gone|.js and 12 more changed.', cause },
          }
        : each.text === 'RUN npm install'
          ? { ...each, duration: 41.7 }
          : {
              ...each,
              cache: each.cache.status === 'no record' ? { status: 'cached' as const, reason: '' } : each.cache,
            },
    ),
  }));
  return withRebuildCosts(measured);
}

const report: Report = {
  ...sampleReport,
  dockerfile: resolve('/project/docker/Dockerfile'),
  context: { path: resolve('/project'), state: 'ready', ignoreFile: '.dockerignore' },
  target: 'runtime',
  // Without a zone, so that it reads the same in every zone.
  baseline: { kind: 'git', label: 'commit 1a2b3c4', at: '2026-01-02T03:04:05.000' },
  ...costed([{ ...sampleStage, target: false }, runtime]),
  image: { size: runtime.size, layers: 3, wasted: exact(1_200_000), efficiency: 0.97 },
};

const terminal = (width: number, color = false) => ({
  width,
  folder: resolve('/project'),
  colors: createColors(color),
});

const forms: Readonly<Record<string, () => string>> = {
  'text-120.txt': () => formatText(report, terminal(120)),
  'text-70.txt': () => formatText(report, terminal(70)),
  'one-stage.txt': () => formatText({ ...sampleReport, findings: [], refactorings: [] }, terminal(100)),
  'report.md': () => formatMarkdown(report, resolve('/project')),
  // Where the folder lies differs between systems.
  'report.sarif.json': () =>
    formatSarif(report, resolve('/project'), '1.2.3').replace(/file:\/\/\/(?:[A-Z]:\/)?project/, 'file:///project'),
};

for (const [name, form] of Object.entries(forms)) {
  test(`the report as ${name}`, () => {
    const file = join(fixtures, name);
    const text = form();
    if (update) {
      mkdirSync(fixtures, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
  });
}

test('no line of text is wider than the terminal, whatever its width', () => {
  for (let width = 60; width <= 200; width += 7) {
    for (const line of formatText(report, terminal(width)).split('\n')) {
      assert.ok(stringWidth(line) <= width, `${width}: ${line}`);
    }
  }
});

test('colour says nothing that words do not', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is
  const bare = formatText(report, terminal(120, true)).replace(/\u001b\[\d+m/g, '');
  assert.equal(bare.replace(/ +$/gm, ''), formatText(report, terminal(120)));
});
