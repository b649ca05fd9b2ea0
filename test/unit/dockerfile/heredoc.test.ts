// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell references, not template strings
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { chompHeredoc, readHeredocStart } from '../../../server/src/dockerfile/heredoc';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { codes, parse, sentences, show, single, singleOf } from './sample';

const starts: readonly (readonly [word: string, name: string | undefined, expand?: boolean, chomp?: boolean])[] = [
  ['<<END', 'END', true, false],
  ['<<-END', 'END', true, true],
  ["<<'END'", 'END', false, false],
  ['<<-"END"', 'END', false, true],
  ['<<E"N"D', 'END', false, false],
  ['12<<END', 'END', true, false],
  ['<<  END', 'END', true, false],
  ["<<E\\'D", "E'D", true, false],
  ["<<'a b'", 'a b', false, false],
  ['<<$NAME', '$NAME', true, false],
  ['<<${NAME}', '${NAME}', true, false],
  ['<< -END', '-END', true, false],
  ['<<END more', undefined],
  ['<<', undefined],
  ['<<-', undefined],
  ['<<<END', undefined],
  ['<END', undefined],
  ["<<'END", undefined],
  ['x<<END', undefined],
];

for (const [word, name, expand, chomp] of starts) {
  test(`start ${word}`, () => {
    assert.deepEqual(readHeredocStart(word), name === undefined ? undefined : { name, expand, chomp });
  });
}

test('only RUN, COPY and ADD take heredocs, and ONBUILD of these', () => {
  assert.equal(single('RUN <<X', 'b', 'X').heredocs.length, 1);
  assert.equal(single('ADD <<X /x', 'b', 'X').heredocs.length, 1);
  assert.equal(single('onbuild run <<X', 'b', 'X').heredocs.length, 1);
  assert.deepEqual(codes('USER <<X', 'X'), ['unknown-instruction']);
  assert.deepEqual(codes('ONBUILD USER <<X', 'X'), ['unknown-instruction']);
});

test('the JSON form and quoted text take none', () => {
  assert.equal(single('RUN ["cat", "<<X"]').heredocs.length, 0);
  assert.equal(single('RUN echo "<<X"').heredocs.length, 0);
  assert.equal(single("RUN echo '<<X'").heredocs.length, 0);
  assert.equal(single("RUN <<X it's unbalanced").heredocs.length, 0);
  assert.equal(single('RUN cat <<<word').heredocs.length, 0);
});

test('several heredocs follow each other in order, the range covers them all', () => {
  const copy = singleOf('COPY', 'COPY <<one plain <<-"two" /to/', '1', 'two', 'one', '\t2 $A', '\ttwo');
  assert.deepEqual(
    copy.heredocs.map((heredoc) => [
      heredoc.name,
      heredoc.content,
      heredoc.expand,
      heredoc.chomp,
      show(heredoc.bodyRange),
    ]),
    [
      ['one', '1\ntwo\n', true, false, '2:0-4:0'],
      ['two', '\t2 $A\n', false, true, '5:0-6:0'],
    ],
  );
  assert.equal(show(copy.range), '1:0-6:4');
  assert.deepEqual(
    copy.sources.map((source) => source.kind),
    ['heredoc', 'word', 'heredoc'],
  );
});

test('text after the heredoc word belongs to the command, flags come before', () => {
  const run = singleOf('RUN', 'RUN --network=none <<X python3 > log', 'print()', 'X', '# after');
  assert.equal(run.command.form === 'shell' && run.command.script, '<<X python3 > log');
  assert.equal(run.heredocs[0]?.content, 'print()\n');
  assert.equal(show(run.range), '1:0-3:1');
});

test('comments and escapes in a body are text', () => {
  const run = singleOf('RUN', 'RUN <<X', '# hash', 'a \\', 'X y', ' X', 'X');
  assert.equal(run.heredocs[0]?.content, '# hash\na \\\nX y\n X\n');
});

test('a body keeps the line ends it has, as the builder does', () => {
  const file = parseDockerfile('FROM a\r\nCOPY <<X /x\r\none\r\n\r\nX\r\nRUN b');
  assert.equal(file.instructions[1]?.heredocs[0]?.content, 'one\r\n\r\n');
  assert.equal(file.instructions[2]?.keyword, 'RUN');
});

test('an open heredoc is an error and takes the rest of the file', () => {
  const file = parse('FROM a', 'RUN <<X', 'one', 'RUN two');
  assert.deepEqual(sentences(file), ['error 2: The heredoc X is not closed: write X alone on a line after its text.']);
  assert.equal(file.instructions[1]?.heredocs[0]?.content, 'one\nRUN two');
  assert.equal(file.instructions[1]?.heredocs[0]?.terminated, false);
});

test('a heredoc announced on a continuation line', () => {
  const run = singleOf('RUN', 'RUN a \\', '  && cat <<X', 'b', 'X');
  assert.equal(run.heredocs[0]?.content, 'b\n');
  assert.equal(show(run.range), '1:0-4:1');
});

test('leading tabs go from every line at use', () => {
  assert.equal(chompHeredoc('\t\ta\n\n\tb\tc\n d\n'), 'a\n\nb\tc\n d\n');
});

test('of two heredocs with one name the last counts', () => {
  const copy = singleOf('COPY', 'COPY <<X <<X /to/', '1', 'X', '2', 'X');
  assert.deepEqual(
    copy.sources.map((source) => source.kind === 'heredoc' && source.heredoc.content),
    ['2\n', '2\n'],
  );
});
