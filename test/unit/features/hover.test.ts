import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { AnalysedDocument } from '../../../server/src/features/analysed-document';
import { hover } from '../../../server/src/features/hover';
import { withRebuildCosts } from '../../../server/src/report/rebuild-cost';
import type { Report } from '../../../server/src/report/types';
import { exact, sampleDocument, sampleReport, sampleStage, step } from './sample-report';

function textAt(document: AnalysedDocument, line: number, documentation?: string): string {
  const contents = hover(document, { line, character: 2 }, documentation)?.contents;
  assert.ok(typeof contents === 'object' && 'value' in contents);
  return contents.value;
}

test('the story of a layer: what it adds, its largest paths, its figure, its cache, the cost of an edit', () => {
  const text = textAt(sampleDocument(), 2);
  assert.match(text, /\*\*Layer 10 · 45\.2 MB · rebuilds\*\*/);
  assert.match(text, /Size: 45\.2 MB, exact, in 34 files\./);
  assert.match(text, /- `app\/public\/` · 40 MB/);
  assert.match(text, /Where the figure comes from: Read from the build context\./);
  assert.match(text, /Cache: \*\*rebuilds\*\*\. `app\.js` changed\./);
  assert.match(text, /Compared with: commit 1a2b3c4\./);
  assert.match(text, /also rebuild lines \[4\]\(file:\/\/\/project\/Dockerfile#L4\), \[5\]/);
});

/** The sample with the costs that the report of a real build has. */
function costed(change: Partial<Report> = {}): AnalysedDocument {
  const paths = ['src/app.js', 'old (1).js', 'lib', 'gone.js'];
  const cause = { paths, pathCount: 14, line: 3, deleted: ['gone.js'], directories: ['lib'] };
  const cache = { status: 'rebuilds', reason: 'src/app.js, old (1).js and 12 more changed.', cause } as const;
  const doubt = {
    status: 'may rebuild',
    reason: "Runs again only if line 4's output differs.",
    cause: { line: 4 },
  } as const;
  const steps = sampleStage.steps.map((each) =>
    each.line === 3
      ? { ...each, cache, duration: 0.31 }
      : each.line === 5
        ? { ...each, cache: doubt, forecast: { kept: 43, commits: 50 } }
        : each.line === 4
          ? { ...each, duration: 41.9 }
          : each,
  );
  const { stages, rebuild } = withRebuildCosts([{ ...sampleStage, steps }]);
  return sampleDocument({
    stages,
    ...(rebuild === undefined ? {} : { rebuild }),
    baseline: { kind: 'engine', label: '3 builds of Docker Engine 28', at: '2026-01-02T03:04:05' },
    ...change,
  });
}

test('a miss of its own tells the changed files, its cost, what follows, and what it was compared with', () => {
  const text = textAt(costed(), 2);
  const project = pathToFileURL(resolve('/project')).href;
  assert.ok(text.includes(`\n- [src/app.js](${project}/src/app.js)`), text);
  assert.ok(text.includes(`(${project}/old%20%281%29.js)`), text);
  assert.match(text, /\n- `lib\/`\n- `gone\.js` \(deleted\)\n- and 10 more\n/);
  assert.match(text, /Cost: 3 steps, about 42 s when last measured, 1 step never measured\./);
  assert.match(text, /Lines that run again because of it: \[4\]\(\S+#L4\)\. Lines that may .* it: \[5\]\(\S+#L5\)\./);
  assert.match(text, /Compared with: 3 builds of Docker Engine 28 \\\(2026\\-01\\-02 03:04\\\)\./);
  assert.doesNotMatch(text, /An edit here would also/);
});

test('a miss that follows from another line names the cause there', () => {
  const text = textAt(costed(), 3);
  assert.match(text, /\[Line 3\]\(\S+#L3\) reruns\. In line 3: src\/app\.js, old/);
  assert.match(text, /It took 42 s when last measured\./);
  assert.doesNotMatch(text, /Cost:/);
});

test('what only may run again says on what it depends, and how often it was kept', () => {
  const forecast = { commits: 50, since: '2025-10-01T00:00:00Z', secondsPerCommit: 12.4, unmeasured: 1 };
  const text = textAt(costed({ forecast }), 4);
  assert.match(text, /\*\*may rebuild\*\*\. Runs again only if \[line 4\]\(\S+#L4\)'s output differs\./);
  assert.match(text, /Kept in 43 of the last 50 commits\./);
});

test('the target tells what the next build runs again, and what a commit costs', () => {
  const forecast = { commits: 50, since: '2025-10-01T00:00:00Z', secondsPerCommit: 12.4, unmeasured: 1 };
  const text = textAt(costed({ forecast }), 0);
  assert.match(text, /Next build: \*\*2 of 4 steps run again, 1 more may\*\*\. About 42 s when last measured/);
  assert.match(text, /A commit rebuilds about 12 s, going by the last 50 commits/);
});

test('a miss that another line causes leads there', () => {
  assert.match(
    textAt(sampleDocument(), 3),
    /\*\*rebuilds\*\*\. \[Line 3\]\(file:\/\/\/project\/Dockerfile#L3\) reruns\./,
  );
});

test('documentation of the keyword follows the story', () => {
  assert.match(textAt(sampleDocument(), 2, 'COPY copies.'), /\n---\n\nCOPY copies\.$/);
});

test('the range covers the whole instruction', () => {
  assert.deepEqual(hover(sampleDocument(), { line: 5, character: 3 }, undefined)?.range, {
    start: { line: 4, character: 0 },
    end: { line: 5, character: 14 },
  });
});

test('FROM tells of the base image and the stage', () => {
  const text = textAt(sampleDocument(), 0);
  assert.match(text, /\*\*Stage app: the target\*\*/);
  assert.match(text, /Base image `node:20`: 8 layers, 1\.1 GB, Debian GNU\/Linux 12 \\\(bookworm\\\), apt\./);
  assert.match(text, /1 of 4 own layers|2 of 4 own layers/);
});

test('a stage that the target does not need says so', () => {
  const stages = [{ ...sampleStage, built: false, target: false }];
  assert.match(textAt(sampleDocument({ stages, target: 'other' }), 2), /The target other does not need stage app/);
});

test('nothing is said between instructions; without the story the documentation is all', () => {
  assert.equal(hover(sampleDocument(), { line: 8, character: 0 }, undefined), null);
  const off = sampleDocument({}, { hover: { enabled: false } });
  assert.equal(textAt(off, 2, 'COPY copies.'), 'COPY copies.');
  assert.equal(hover(off, { line: 2, character: 0 }, undefined), null);
});

test('paths that lie in one another are not listed side by side', () => {
  const contents = [
    { path: '/app/lib', size: 90, type: 'directory' },
    { path: '/app/lib/big.so', size: 80, type: 'file' },
    { path: '/app/main', size: 5, type: 'file' },
  ] as const;
  const stage = { ...sampleStage, steps: [step(3, 'COPY', { contents })] };
  assert.match(
    textAt(sampleDocument({ stages: [stage] }), 2),
    /\n- `\/app\/lib\/` · 90 B\n {2}- `\/app\/lib\/big\.so` · 80 B\n- `\/app\/main` · 5 B/,
  );
});

test('names from the outside are text, not markup', () => {
  const stage = { ...sampleStage, base: { ...sampleStage.base, source: '[click](command:evil) <img src=x>' } };
  const text = textAt({ ...sampleDocument(), report: { ...sampleReport, stages: [stage] } }, 0);
  assert.doesNotMatch(text, /(?<!\\)\[click\]/);
  assert.doesNotMatch(text, /(?<!\\)<img/);
});

test('packages, what is beside them, waste with the line that hides it, and what the engine prints', () => {
  const size = { bytes: 155_000_000, low: 142_000_000, high: 182_000_000, basis: 'estimated', evidence: [] } as const;
  const packages = Array.from({ length: 6 }, (_, index) => ({
    name: `p${index}`,
    version: '1.0',
    manager: 'apt',
    bytes: 9_000_000 - index,
    low: 9_000_000 - index,
    high: 9_000_000 - index,
    basis: 'computed' as const,
  }));
  const lists = { bytes: 19_600_000, low: 19_600_000, high: 19_600_000 };
  const run = step(4, 'RUN', {
    layer: 11,
    size,
    fileCount: 9_064,
    packages,
    packageCount: 299,
    contents: [
      { path: '/var/lib/apt/lists', size: 19_600_000, type: 'directory', label: 'package lists' },
      { path: '/var/log/dpkg.log', size: 900, type: 'file' },
    ],
    wasted: exact(19_600_000),
    wastedBy: [{ path: '/var/lib/apt/lists', ...lists, line: 4, hiddenBy: 5, how: 'deleted' }],
    printed: exact(160_000_000),
  });
  const steps = sampleStage.steps.map((each) => (each.line === 4 ? run : each));
  const text = textAt(sampleDocument({ stages: [{ ...sampleStage, steps }] }), 3);
  // Two tildes would strike out what is between them.
  assert.match(text, /Size: \\~155 MB, most likely between 142 MB and 182 MB, in about 9,100 files\./);
  assert.match(text, /299 packages, the largest:\n\n- `p0` 1\.0 · 9 MB\n/);
  assert.match(text, /\n- and 294 more\n/);
  assert.match(text, /Beside them:\n\n- `\/var\/lib\/apt\/lists\/` · 19\.6 MB · package lists\n/);
  assert.doesNotMatch(text, /dpkg\.log/);
  assert.match(text, /- `\/var\/lib\/apt\/lists` · 19\.6 MB · deleted in \[line 5\]/);
  assert.match(text, /prints 160 MB for it/);
});
