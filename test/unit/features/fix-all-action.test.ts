import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf } from '../../../server/src/features/analysed-document';
import { fixAllActions, fixAllKind, resolveFixAll } from '../../../server/src/features/fix-all-action';
import { sampleDocument, sampleReport } from './sample-report';

const asked = (...only: string[]) => ({ diagnostics: [], ...(only.length > 0 && { only }) });
const [merge] = sampleReport.refactorings;
assert.ok(merge);
const fixable = sampleDocument({ refactorings: [{ ...merge, id: 'merge-run:1', changesBehaviour: false }] });

describe('source.fixAll.strata', () => {
  it('is there only when it is asked for by its kind', () => {
    const kinds = (...only: string[]) => fixAllActions(fixable, asked(...only)).map(({ kind }) => kind);
    for (const only of ['source', 'source.fixAll', fixAllKind]) assert.deepEqual(kinds(only), [fixAllKind], only);
    for (const only of ['quickfix', 'source.organizeImports', 'source.fixAll.eslint', 'source.fix'])
      assert.deepEqual(kinds(only), [], only);
    assert.deepEqual(kinds(), []);
  });

  it('is not there where no refactoring can take part', () => {
    for (const refactorings of [[], [{ ...merge, id: 'merge-run:1', changesBehaviour: true }]])
      assert.deepEqual(fixAllActions(sampleDocument({ refactorings }), asked('source.fixAll')), []);
    assert.deepEqual(
      fixAllActions(sampleDocument({ refactorings: [{ ...merge, id: 'npm-ci:1' }] }), asked('source')),
      [],
    );
  });

  const edited = (before: string, after: string, documentChanges = true) => {
    const document = { ...fixable, text: before, lines: linesOf(before), fixedText: () => after };
    return resolveFixAll(document, { title: 'x' }, document.version, documentChanges)?.edit;
  };

  it('is one edit of the lines that differ, of the version that it was made for', () => {
    const range = { start: { line: 1, character: 0 }, end: { line: 3, character: 0 } };
    const edits = [{ range, newText: 'b\r\n' }];
    assert.deepEqual(edited('a\r\nx\r\ny\r\nc\r\n', 'a\r\nb\r\nc\r\n')?.documentChanges, [
      { textDocument: { uri: fixable.uri, version: fixable.version }, edits },
    ]);
    assert.deepEqual(edited('a\r\nx\r\ny\r\nc\r\n', 'a\r\nb\r\nc\r\n', false)?.changes, { [fixable.uri]: edits });
  });

  it('reaches to the end of a text without a last line end', () => {
    assert.deepEqual(edited('a\nx', 'a\nb', false)?.changes?.[fixable.uri], [
      { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 1 } }, newText: 'b' },
    ]);
    assert.deepEqual(edited('a\nx\ny', 'a\n', false)?.changes?.[fixable.uri], [
      { range: { start: { line: 1, character: 0 }, end: { line: 2, character: 1 } }, newText: '' },
    ]);
  });

  it('is empty where nothing is to be done, and none for a text that has changed', () => {
    assert.deepEqual(edited('a\n', 'a\n', false), { changes: { [fixable.uri]: [] } });
    assert.equal(resolveFixAll(fixable, { title: 'x' }, fixable.version - 1, true), undefined);
  });
});
