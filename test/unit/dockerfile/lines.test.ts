import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { codes, parse, show, singleOf, textAt } from './sample';

const originals: readonly (readonly [name: string, lines: readonly string[], original: string])[] = [
  ['blanks of a continuation line stay', ['RUN a && \\', '    b'], 'RUN a &&     b'],
  ['nothing is put between joined lines', ['RUN a\\', 'b'], 'RUN ab'],
  ['blanks and tabs may follow the escape', ['RUN a \\ \t', 'b'], 'RUN a b'],
  ['a doubled escape does not continue', ['RUN a \\\\'], 'RUN a \\\\'],
  ['three escapes do not continue either', ['RUN a \\\\\\'], 'RUN a \\\\\\'],
  ['comments inside are dropped, indented or not', ['RUN a \\', '# x', '  # y \\', 'b'], 'RUN a b'],
  ['blank lines inside are dropped', ['RUN a \\', '', '  \t', 'b'], 'RUN a b'],
  ['a # later in a line is text', ['RUN a # x \\', 'b'], 'RUN a # x b'],
  ['an escape alone begins an instruction', ['\\', 'RUN b'], 'RUN b'],
  ['the keyword may be split', ['RU\\', 'N b'], 'RUN b'],
  ['outer blanks go', ['  \t RUN b  \t'], 'RUN b'],
  ['a continuation at the end of the file is dropped', ['RUN b \\'], 'RUN b'],
  ['other white space after the escape does not continue', ['RUN a \\\u00a0'], 'RUN a \\'],
];

for (const [name, lines, original] of originals) {
  test(name, () => {
    assert.equal(singleOf('RUN', ...lines).original, original);
    // The same with the line ends of Windows.
    const windows = parseDockerfile(['FROM a', ...lines].join('\r\n'));
    assert.equal(windows.instructions[1]?.original, original);
  });
}

test('a byte order mark is no part of the first line', () => {
  const file = parseDockerfile('\ufeff# escape=`\nFROM a');
  assert.equal(file.instructions[0]?.keyword, 'FROM');
  assert.equal(file.escape, '`');
  assert.equal(file.directives.length, 1);
});

test('carriage returns at the end of a line are dropped, all of them', () => {
  const { instructions } = parseDockerfile('FROM a\r\r\nRUN b \\\r\r\n  c\r');
  assert.equal(instructions[1]?.original, 'RUN b   c');
});

test('a carriage return alone ends a line for the editor, not for the builder', () => {
  const { instructions, lineCount } = parseDockerfile('FROM a\nRUN b\rRUN c');
  assert.equal(instructions.length, 2);
  assert.equal(lineCount, 3);
  assert.equal(instructions[1] && show(instructions[1].range), '1:0-2:5');
});

test('ranges follow words across continuation lines', () => {
  const text = 'FROM a\nCOPY --chown=me\\\ner:grp \\\n  # why\n  one tw\\\n  o \\\n  /to/\n';
  const copy = parseDockerfile(text).instructions[1];
  assert.equal(copy?.keyword, 'COPY');
  if (copy?.keyword !== 'COPY') return;
  assert.equal(copy.flags[0]?.value, 'meer:grp');
  assert.equal(textAt(text, copy.flags[0]?.valueRange ?? copy.range), 'me\\\ner:grp');
  assert.deepEqual(
    copy.sources.map((source) => source.kind === 'word' && [source.word.text, show(source.word.range)]),
    [
      ['one', '4:2-4:5'],
      ['tw', '4:6-4:8'],
      ['o', '5:2-5:3'],
    ],
  );
  assert.equal(show(copy.destination.range), '6:2-6:6');
  assert.deepEqual(copy.comments.map(show), ['3:2-3:7']);
  assert.equal(show(copy.range), '1:0-6:6');
});

test('comments outside instructions are kept apart from directives', () => {
  const file = parse('# syntax=docker/dockerfile:1', '# one', 'FROM a', '  # two', 'RUN b');
  assert.deepEqual(file.comments.map(show), ['1:0-1:5', '3:2-3:7']);
  assert.equal(file.directives.length, 1);
});

test('a blank line inside an instruction is a warning at that line', () => {
  const file = parse('FROM a', 'RUN b \\', '', '', '  c');
  assert.deepEqual(
    file.problems.map((problem) => [problem.code, problem.severity, show(problem.range)]),
    [['empty-continuation', 'warning', '2:0-2:0']],
  );
});

test('an escape with nothing after it is no instruction', () => {
  assert.deepEqual(codes('\\'), ['empty-instruction']);
});

test('a line longer than the builder reads is an error', () => {
  assert.deepEqual(codes(`RUN ${'a'.repeat(65_531)}`), []);
  assert.deepEqual(codes(`RUN ${'a'.repeat(65_532)}`), ['line-too-long']);
  assert.deepEqual(codes(`RUN ${'\u00e9'.repeat(32_766)}`), ['line-too-long']);
});
