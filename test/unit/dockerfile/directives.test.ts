import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { parse, sentences } from './sample';

const cases: readonly (readonly [name: string, lines: readonly string[], directives: readonly string[]])[] = [
  [
    'all three, in any letter case',
    ['# SYNTAX=a b', '#escape = `', '#check=skip=all'],
    ['syntax=a b', 'escape=`', 'check=skip=all'],
  ],
  ['indented', ['  # escape=`'], ['escape=`']],
  ['a comment before ends them', ['# hello', '# escape=`'], []],
  ['a blank line before ends them', ['', '# escape=`'], []],
  ['an unknown name ends them', ['# key=value', '# escape=`'], []],
  ['an instruction before ends them', ['ARG A', '# escape=`'], []],
  ['no value is a comment', ['# escape=', '# syntax=a'], []],
  ['a blank in the name is a comment', ['# es cape=`'], []],
];

for (const [name, lines, directives] of cases) {
  test(name, () => {
    const file = parse(...lines, 'FROM a');
    assert.deepEqual(
      file.directives.map((directive) => `${directive.name}=${directive.value}`),
      directives,
    );
    assert.equal(file.escape, directives.includes('escape=`') ? '`' : '\\');
    assert.deepEqual(file.problems, []);
  });
}

test('a directive given twice is an error and the first counts', () => {
  const file = parse('# escape=`', '# escape=\\', 'FROM a');
  assert.deepEqual(sentences(file), ['error 2: Only one escape directive can be used; remove this one.']);
  assert.equal(file.escape, '`');
});

test('only two escape characters exist', () => {
  assert.deepEqual(sentences(parse('# escape=x', 'FROM a')), ['error 1: The escape character must be \\ or `, not x.']);
});

test('the escape directive changes continuation and escapes', () => {
  const file = parse('# escape=`', 'FROM a', 'COPY a `', ' C:\\', 'ENV A=b` c');
  assert.equal(file.instructions[1]?.original, 'COPY a  C:\\');
  const env = file.instructions[2];
  assert.equal(env?.keyword === 'ENV' && env.pairs[0]?.value?.text, 'b` c');
});
