// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell references, not template strings
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { expandWord, expandWords, HEREDOC_BODY_MODE, STEP_NAME_MODE } from '../../../server/src/dockerfile/expand';

const VALUES: Readonly<Record<string, string>> = {
  V: 'foo.tar.gz',
  EMPTY: '',
  HOME: '/home/me',
  Ünï: 'letters',
  SPACED: ' one  two ',
  STARS: 'a*b*c',
  LINES: 'one\ntwo',
  ROCKET: '🚀x🚀',
  '1': 'no',
};
const lookup = (name: string): string | undefined => VALUES[name];

/** Word and its value; `undefined` where BuildKit refuses. */
const words: readonly (readonly [word: string, value: string | undefined])[] = [
  // Plain references.
  ['$V', 'foo.tar.gz'],
  ['${V}', 'foo.tar.gz'],
  ['a$V.b', 'afoo.tar.gz.b'],
  ['$NONE', ''],
  ['${NONE}x', 'x'],
  ['$Ünï', 'letters'],
  ['$12', ''],
  ['$1x', 'nox'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$.', '$.'],
  ['$$', ''],
  ['$@@', '@'],
  // Quotes and escapes.
  ["'$V'", '$V'],
  ['"$V"', 'foo.tar.gz'],
  ['"\'$V\'"', "'foo.tar.gz'"],
  ['\\$V', '$V'],
  ['"\\$V"', '$V'],
  ['\\\\$V', '\\foo.tar.gz'],
  ["'\\$V'", '\\$V'],
  ['a\\b', 'ab'],
  ['"a\\b"', 'a\\b'],
  ['"a\\\\b"', 'a\\b'],
  ['"a\\"b"', 'a"b'],
  ['a\\', 'a'],
  ['""', ''],
  ["a'b c'd", 'ab cd'],
  ['"a', undefined],
  ["'a", undefined],
  ['"a\\"', undefined],
  // Defaults.
  ['${NONE:-x}', 'x'],
  ['${NONE-x}', 'x'],
  ['${EMPTY:-x}', 'x'],
  ['${EMPTY-x}', ''],
  ['${V:-x}', 'foo.tar.gz'],
  ['${V:+x}', 'x'],
  ['${EMPTY:+x}', ''],
  ['${EMPTY+x}', 'x'],
  ['${NONE+x}', ''],
  ['${NONE:-${ALSO:-$HOME}}', '/home/me'],
  ['${NONE:-"a b"}', 'a b'],
  ["${NONE:-'$V'}", '$V'],
  ['${NONE:-\\$V}', '$V'],
  ['${NONE:-a:b}', 'a:b'],
  ['${NONE:-{x}', '{x'],
  ['${V:?no}', 'foo.tar.gz'],
  ['${EMPTY?no}', ''],
  ['${EMPTY:?no}', undefined],
  ['${NONE?no}', undefined],
  // Trimming.
  ['${V%.*}', 'foo.tar'],
  ['${V%%.*}', 'foo'],
  ['${V#*.}', 'tar.gz'],
  ['${V##*.}', 'gz'],
  ['${V#foo}', '.tar.gz'],
  ['${V#oo}', 'foo.tar.gz'],
  ['${V%??}', 'foo.tar.'],
  ['${V%}', 'foo.tar.gz'],
  ['${V#*}', 'foo.tar.gz'],
  ['${V##*}', ''],
  ['${STARS#a\\*}', 'b*c'],
  ['${STARS%\\**}', 'a*b'],
  ['${STARS%%\\**}', 'a'],
  ['${V#[f]}', 'foo.tar.gz'],
  ['${NONE#x}', ''],
  ['${LINES##*e}', '\ntwo'],
  ['${LINES##*o}', 'ne\ntwo'],
  ['${ROCKET%🚀}', '🚀x'],
  ['${ROCKET#?}', 'x🚀'],
  ['${V#\\x}', undefined],
  ['${V:#x}', undefined],
  ['${V:%x}', undefined],
  // Replacing.
  ['${V/o/0}', 'f0o.tar.gz'],
  ['${V//o/0}', 'f00.tar.gz'],
  ['${V/o*r/-}', 'f-.gz'],
  ['${V//./}', 'footargz'],
  ['${V/x/y}', 'foo.tar.gz'],
  ['${HOME//\\//-}', '-home-me'],
  ['${HOME/$HOME/$V}', 'foo.tar.gz'],
  ['${V/?/$EMPTY}', 'oo.tar.gz'],
  ['${EMPTY/x/y}', ''],
  ['${V///-}', '-f-o-o-.-t-a-r-.-g-z-'],
  ['${V/o}', undefined],
  ['${V/o/0', undefined],
  // Wrong.
  ['${', undefined],
  ['${}', undefined],
  ['${:-x}', undefined],
  ['${{V}', undefined],
  ['${V', undefined],
  ['${V=x}', undefined],
  ['${V:=x}', undefined],
  ['${V!}', undefined],
  ['${.}', undefined],
  ['${NONE:-x', undefined],
  ['${NONE:-"x}', undefined],
];

for (const [word, value] of words) {
  test(`${word} gives ${value}`, () => {
    const result = expandWord(word, lookup, '\\');
    if (value === undefined) {
      assert.equal(typeof result.problem, 'string');
      assert.equal(result.value, word);
    } else assert.deepEqual({ value: result.value, problem: result.problem }, { value, problem: undefined });
  });
}

test('names that are not set are told, each once', () => {
  assert.deepEqual(expandWord('$A ${B:-$C} ${A:+x} $V', lookup, '\\').unset, ['A', 'C', 'B']);
});

test('a refusal tells the message of the word', () => {
  assert.equal(expandWord('${NONE:?give $V}', lookup, '\\').problem, 'NONE: give foo.tar.gz');
  assert.equal(expandWord('${EMPTY:?}', lookup, '\\').problem, 'EMPTY: is not allowed to be empty');
});

test('the other escape character', () => {
  assert.equal(expandWord('C:\\a`$V', lookup, '`').value, 'C:\\a$V');
  assert.equal(expandWord('"`"" \\', lookup, '`').problem, undefined);
});

test('heredoc bodies: quotes are text, escapes and variables are not', () => {
  assert.equal(expandWord('it\'s "$V" \\$V\n', lookup, '\\', HEREDOC_BODY_MODE).value, 'it\'s "foo.tar.gz" $V\n');
});

test('names of steps: quotes and unset variables stay', () => {
  assert.equal(
    expandWord('RUN "$V" \'$V\' $NONE ${NONE} ${NONE:-x} ${NONE/a/b}', lookup, '\\', STEP_NAME_MODE).value,
    'RUN "foo.tar.gz" \'$V\' $NONE ${NONE} ${NONE:-x} ${NONE/a/b}',
  );
});

const split: readonly (readonly [word: string, values: readonly string[]])[] = [
  ['$SPACED', ['one', 'two']],
  ['"$SPACED"', [' one  two ']],
  ['a$SPACED', ['a', 'one', 'two']],
  ['80 ${NONE} 81', ['80', '81']],
  ['a\\ b c', ['a b', 'c']],
  ["x'y z'", ['xy z']],
  ['', []],
  ['<<  X y', ['<<  X', 'y']],
];
for (const [word, values] of split) {
  test(`${word} splits`, () => assert.deepEqual(expandWords(word, lookup, '\\').values, values));
}

test('a modifier in the middle of a word loses what was before it when splitting, as in BuildKit', () => {
  assert.deepEqual(expandWords('80${NONE:-81}/tcp', lookup, '\\').values, ['81/tcp']);
});

test('no text exhausts stack or time', () => {
  const deep = '${A:-'.repeat(100_000);
  assert.equal(typeof expandWord(deep, lookup, '\\').problem, 'string');
  const many = expandWord(`\${V/${'*a'.repeat(2000)}/x}`, () => 'a'.repeat(20_000), '\\');
  assert.equal(typeof many.problem, 'string');
  const long = (): string => 'a'.repeat(900_000);
  for (const word of ['$A$A', '"$A$A"', '${A//?/$A}', '${N:-$A$A}']) {
    const result = expandWord(word, (name) => (name === 'N' ? undefined : long()), '\\');
    assert.equal(result.problem, 'the value becomes too long');
  }
});
