import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalysedDocument } from '../../../server/src/features/analysed-document';
import { hover } from '../../../server/src/features/hover';
import { sampleDocument, sampleReport, sampleStage, step } from './sample-report';

function textAt(document: AnalysedDocument, line: number, documentation?: string): string {
  const contents = hover(document, { line, character: 2 }, documentation)?.contents;
  assert.ok(typeof contents === 'object' && 'value' in contents);
  return contents.value;
}

test('the story of a layer: what it adds, its largest paths, its figure, its cache, the cost of an edit', () => {
  const text = textAt(sampleDocument(), 2);
  assert.match(text, /\*\*Layer 10 · 45\.2 MB · rebuilds\*\*/);
  assert.match(text, /Adds 34 files, 45\.2 MB\./);
  assert.match(text, /- `app\/public\/` 40 MB/);
  assert.match(text, /Size: exact\. Read from the build context\./);
  assert.match(text, /Cache: \*\*rebuilds\*\*\. `app\.js` changed\./);
  assert.match(text, /Compared with: commit 1a2b3c4\./);
  assert.match(text, /also rebuild lines \[4\]\(file:\/\/\/project\/Dockerfile#L4\), \[5\]/);
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
    /\n- `\/app\/lib\/` 90 B\n {2}- `\/app\/lib\/big\.so` 80 B\n- `\/app\/main` 5 B/,
  );
});

test('names from the outside are text, not markup', () => {
  const stage = { ...sampleStage, base: { ...sampleStage.base, source: '[click](command:evil) <img src=x>' } };
  const text = textAt({ ...sampleDocument(), report: { ...sampleReport, stages: [stage] } }, 0);
  assert.doesNotMatch(text, /(?<!\\)\[click\]/);
  assert.doesNotMatch(text, /(?<!\\)<img/);
});
