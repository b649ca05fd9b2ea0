import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SurroundingFiles, staleFile } from '../../../server/src/features/changed-files';
import {
  type CodeActionData,
  codeActions,
  type EditAbilities,
  resolveCodeAction,
  workspaceEdit,
} from '../../../server/src/features/code-actions';
import { preview } from '../../../server/src/features/preview';
import { sampleDocument, sampleReport } from './sample-report';

const abilities: EditAbilities = {
  documentChanges: true,
  changeAnnotations: true,
  createFiles: true,
  disabledActions: true,
  commands: true,
};
const all = { diagnostics: [] };
const at = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 0 } });
const files: SurroundingFiles = {
  uri: (path) => `file:///project/${path}`,
  version: (uri) => (uri.endsWith('/open.dockerignore') ? 4 : null),
  text: () => Promise.resolve(undefined),
};

test('refactorings that touch the range, each with its effect in the title', () => {
  assert.deepEqual(
    codeActions(sampleDocument(), at(4), all, abilities).map(({ title, kind }) => [title, kind]),
    [
      // What saves most comes first.
      ['Split into a multi-stage build (−2 layers, at least −900 MB)', 'refactor.extract'],
      ['Merge 2 RUN instructions (−1 layer, −38 MB)', 'refactor.rewrite'],
    ],
  );
  assert.deepEqual(
    codeActions(sampleDocument(), at(0), all, { ...abilities, commands: false }).map(({ kind }) => kind),
    ['refactor.extract'],
  );
});

test('what changes the image shows the comparison first, where the client has the command; else its edit asks', () => {
  const split = (able: EditAbilities) =>
    codeActions(sampleDocument(), at(0), all, able).find(({ kind }) => kind === 'refactor.extract');
  const asking = split(abilities);
  assert.equal(asking?.command?.command, 'strata.previewRefactoring');
  assert.equal(split({ ...abilities, commands: false })?.command, undefined);
  const data = asking?.data as CodeActionData;
  assert.equal(resolveCodeAction(sampleDocument(), asking ?? { title: '' }, data, abilities, files)?.edit, undefined);
  assert.ok(resolveCodeAction(sampleDocument(), { title: '', data }, data, abilities, files)?.edit);
});

test('only the kinds that are asked for', () => {
  const only = (kind: string) =>
    codeActions(sampleDocument(), at(2), { diagnostics: [], only: [kind] }, abilities).map((action) => action.kind);
  assert.deepEqual(only('quickfix'), ['quickfix']);
  assert.deepEqual(only('refactor'), ['refactor.extract']);
  assert.deepEqual(only('refactor.ext'), []);
});

test('a finding offers its fix where it stands, wherever the fix edits', () => {
  const [fix] = codeActions(sampleDocument(), at(2), all, abilities);
  assert.equal(fix?.kind, 'quickfix');
  assert.equal(fix?.diagnostics?.[0]?.code, 'copy-before-install');
  assert.equal(fix?.isPreferred, true);
});

test('a fix that changes what the image does is not the preferred one: that is applied without asking', () => {
  const document = sampleDocument();
  const refactorings = document.report.refactorings.map((each) => ({ ...each, changesBehaviour: true }));
  const actions = codeActions({ ...document, report: { ...document.report, refactorings } }, at(2), all, abilities);
  assert.equal(actions[0]?.kind, 'quickfix');
  assert.deepEqual(
    actions.filter(({ isPreferred }) => isPreferred),
    [],
  );
});

test('a selection asks anew, and what cannot be done there is greyed out with the reason', () => {
  const [merge] = sampleReport.refactorings;
  assert.ok(merge);
  const selection = { start: { line: 3, character: 0 }, end: { line: 4, character: 5 } };
  const refusal = { rule: 'merge-run', range: selection, title: 'Merge 2 RUN instructions', reason: 'users differ' };
  const document = {
    ...sampleDocument(),
    offersFor: () => ({ refactorings: [{ ...merge, title: 'Merge the selection' }], refusals: [refusal] }),
  };
  const actions = codeActions(document, selection, all, abilities);
  assert.deepEqual(
    actions.map(({ title, disabled }) => [title, disabled?.reason]),
    [
      ['Merge the selection (−1 layer, −38 MB)', undefined],
      ['Merge 2 RUN instructions', 'users differ'],
    ],
  );
  assert.deepEqual(actions[0]?.data, { uri: document.uri, version: 7, id: 'merge-run:4', selection });
  assert.equal(codeActions(document, selection, all, { ...abilities, disabledActions: false }).length, 1);
});

function resolved(index: number, change: Partial<EditAbilities> = {}, version = 7) {
  const document = sampleDocument();
  const refactoring = document.report.refactorings[index];
  assert.ok(refactoring);
  const data: CodeActionData = { uri: document.uri, version, id: refactoring.id };
  return resolveCodeAction(document, { title: 'x', data }, data, { ...abilities, ...change }, files);
}

test('the edit names the version of the text it was made for', () => {
  const changes = resolved(0)?.edit?.documentChanges;
  assert.deepEqual(
    changes?.map((change) => ('textDocument' in change ? change.textDocument : undefined)),
    [{ uri: 'file:///project/Dockerfile', version: 7 }],
  );
});

test('an edit that changes what the image does asks for confirmation', () => {
  const edit = resolved(1)?.edit;
  const [annotation] = Object.values(edit?.changeAnnotations ?? {});
  assert.equal(annotation?.needsConfirmation, true);
  assert.equal(annotation?.description, 'Development dependencies are no longer in the image.');
  assert.deepEqual(
    edit?.documentChanges?.map((change) => ('kind' in change ? change.kind : 'edit')),
    ['create', 'edit', 'edit'],
  );
});

test('clients that can do less get a plainer edit', () => {
  assert.deepEqual(Object.keys(resolved(1, { documentChanges: false })?.edit?.changes ?? {}), [
    'file:///project/Dockerfile',
  ]);
  assert.equal(resolved(1, { changeAnnotations: false })?.edit?.changeAnnotations, undefined);
  assert.equal(resolved(1, { createFiles: false })?.edit?.documentChanges?.length, 1);
});

test('lines are added at the end of a file that is there, of the version that the editor has', () => {
  const document = sampleDocument();
  const [, split] = document.report.refactorings;
  assert.ok(split);
  const change = { path: 'open.dockerignore', before: '\ufeff# own\r\n*.log', text: '\ufeff# own\r\n*.log\r\n.git' };
  const adding = { ...split, edits: [], files: [change] };
  const end = { line: 1, character: 5 };
  const edits = [{ range: { start: end, end }, newText: '\r\n.git' }];
  const uri = 'file:///project/open.dockerignore';
  const plain = { ...abilities, changeAnnotations: false, createFiles: false };
  assert.deepEqual(workspaceEdit(document, adding, plain, files).documentChanges, [
    { textDocument: { uri, version: 4 }, edits },
  ]);
  assert.deepEqual(workspaceEdit(document, adding, { ...plain, documentChanges: false }, files).changes, {
    [document.uri]: [],
    [uri]: edits,
  });
  const annotated = workspaceEdit(document, adding, abilities, files);
  assert.equal(Object.values(annotated.changeAnnotations ?? {})[0]?.needsConfirmation, true);
});

test('a file that no longer holds what a change was computed for is named', async () => {
  const having = (text: string | undefined): SurroundingFiles => ({ ...files, text: () => Promise.resolve(text) });
  const changes = [
    { path: 'new', text: 'a' },
    { path: '.dockerignore', before: 'a\r\n', text: 'a\r\nb\r\n' },
  ];
  assert.equal(await staleFile(changes, having('a\n')), undefined);
  assert.equal(await staleFile(changes, having('a\nmine\n')), '.dockerignore');
  assert.equal(await staleFile(changes, having(undefined)), '.dockerignore');
  assert.equal(await staleFile(changes.slice(0, 1), having(undefined)), undefined);
});

test('an action of another version is not resolved', () => {
  assert.equal(resolved(0, {}, 6), undefined);
});

test('a preview is the text after the edits', () => {
  const document = sampleDocument();
  const result = preview(document, 'merge-run:4');
  assert.equal(result?.text.split('\n')[3], 'RUN npm install \\');
  assert.equal(result?.documentVersion, 7);
  assert.equal(preview(document, 'no-such:1'), null);
});
