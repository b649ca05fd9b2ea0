import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { applyEdits, collectOffers, explainRefusal, offerRefactorings } from '../../../server/src/refactor';
import { fixtureCases } from './fixtures';
import { refactorContext } from './scenario';

const text = `FROM node:20
WORKDIR /app
COPY . .
RUN npm install
RUN npm run build
USER node
RUN --network=none npm test
RUN npm run report
CMD ["node", "app.js"]
`;

test('ids are stable and one refactoring is found again by its id', () => {
  const ids = offerRefactorings(refactorContext(text)).map(({ id }) => id);
  assert.deepEqual(ids, ['merge-run:4', 'clean-in-layer:4', 'cache-mount:4-npm', 'split-node:1']);
});

test('a selection that cannot be merged is explained', () => {
  const { selection } = refactorContext(text, { selection: [7, 8] });
  assert.ok(selection);
  assert.equal(explainRefusal(refactorContext(text), selection), 'Not merged: lines 7 and 8 have different networks.');
});

test('nothing is explained where nothing was refused', () => {
  const cursor = { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } };
  assert.equal(explainRefusal(refactorContext(text), cursor), undefined);
});

test('a file without instructions, and one that is not a Dockerfile', () => {
  for (const other of [
    '',
    '\n',
    '# only a comment\n',
    '{{ template }}\n',
    'RUN',
    'RUN a\nRUN b\n',
    '\0\0',
    'FROM node:20\nRUN \\',
  ]) {
    assert.doesNotThrow(() => collectOffers(refactorContext(other)), other);
  }
});

test('mutated files: every offer can be applied, makes no new mistake and keeps comments and line ends', () => {
  const own = [
    'clean-in-layer',
    'move-rm',
    'no-recommends',
    'cache-mount',
    'cache-mount-apt',
    'bind-mount',
    'split-run',
  ];
  const cases = [
    ...own,
    'merge-run',
    'split-go',
    'split-c',
    'split-python',
    'split-static',
    'split-rust',
    'split-java',
    'split-node',
  ].flatMap(fixtureCases);
  const mutation = fc.tuple(
    fc.constantFrom(...cases),
    fc.constantFrom('delete', 'insert', 'copy'),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(30),
    fc.constantFrom(
      '\n',
      '\\\n',
      ' ',
      '# x\n',
      '"',
      "'",
      '<<EOF',
      '\nEOF\n',
      'RUN ',
      '&& ',
      '; ',
      '$(',
      ')',
      '`',
      '\r\n',
      '\t',
      '{{',
      '\\',
    ),
  );
  fc.assert(
    fc.property(mutation, ([{ text: original, scenario }, kind, place, length, piece]) => {
      const at = Math.floor(place * original.length);
      const cut = kind === 'insert' ? piece : kind === 'copy' ? original.slice(at, at + 3 * length).repeat(2) : '';
      const before = original.slice(0, at) + cut + original.slice(kind === 'delete' ? at + length : at);
      const { selection: _, ...known } = scenario;
      const errors = (file: string): number =>
        parseDockerfile(file).problems.filter(({ severity }) => severity === 'error').length;
      for (const { edits, id } of offerRefactorings(refactorContext(before, known))) {
        const result = applyEdits(before, edits);
        const shown = `${id}\n${JSON.stringify(before)}\n${JSON.stringify(result)}`;
        assert.ok(errors(result) <= errors(before), shown);
        const comments = parseDockerfile(before).comments.map(({ start, end }) =>
          before.split(/\r\n|\n|\r/)[start.line]?.slice(start.character, end.character),
        );
        for (const comment of comments) assert.ok(result.includes(comment ?? ''), shown);
        if (!before.includes('\r')) assert.ok(!result.includes('\r'), shown);
      }
    }),
    { numRuns: Number(process.env.REFACTOR_MUTATION_RUNS ?? 500) },
  );
});

test('a half-typed file: nothing that edits it is offered, and the reason is said', () => {
  const { refactorings, refusals } = collectOffers(refactorContext('FROM node:0\nWORKDIR "\nRUN npm i\nCMD ["a"]\n'));
  assert.deepEqual(refactorings, []);
  assert.deepEqual(
    [...new Set(refusals.map(({ reason }) => reason))],
    ['Not offered: line 2 has a mistake. Correct it first.'],
  );
  assert.deepEqual(offerRefactorings(refactorContext('FROM e\nRUN <<EOF d\nEOF\nRUN <<"')), []);
});
