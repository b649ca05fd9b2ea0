import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommands } from '../../../server/src/shell/commands';

function names(script: string): (string | undefined)[] {
  return readCommands(script).commands.map((command) => command.name?.text);
}

test('commands come in the order they run, substitutions first', () => {
  assert.deepEqual(names('a && b | c; d $(e; f) `g`'), ['a', 'b', 'c', 'e', 'f', 'g', 'd']);
  assert.deepEqual(names('cat <<EOF > x && b\nhello $(whoami)\nEOF\n'), ['whoami', 'cat', 'b']);
});

test('words have the value the command gets, unless the shell decides it', () => {
  const [command] = readCommands('apt-get install -y "curl" \'wget\' a\\ b $extra *.deb ~/x "v$y"').commands;
  assert.deepEqual(
    command?.arguments.map(({ text, value }) => [text, value]),
    [
      ['install', 'install'],
      ['-y', '-y'],
      ['"curl"', 'curl'],
      ["'wget'", 'wget'],
      ['a\\ b', 'a b'],
      ['$extra', undefined],
      ['*.deb', undefined],
      ['~/x', undefined],
      ['"v$y"', undefined],
    ],
  );
});

test('ranges lie in the script', () => {
  const script = 'A=1 make "x y" > log 2>&1; echo `echo \\`pwd\\``';
  for (const command of readCommands(script).commands) {
    assert.ok(command.start >= 0 && command.end <= script.length && command.start < command.end);
  }
  const [first] = readCommands(script).commands;
  assert.equal(script.slice(first?.start, first?.end), 'A=1 make "x y" > log 2>&1');
  assert.deepEqual(
    first?.assignments.map(({ text }) => text),
    ['A=1'],
  );
  assert.deepEqual(
    first?.redirections.map(({ operator, target }) => [operator, target?.value]),
    [
      ['>', 'log'],
      ['>&', '1'],
    ],
  );
});

test('what runs in a process of its own, and what may not run', () => {
  const marks = (script: string): string[] =>
    readCommands(script).commands.map(
      ({ name, isolated, conditional }) =>
        `${name?.text}${isolated ? ' isolated' : ''}${conditional ? ' conditional' : ''}`,
    );
  assert.deepEqual(marks('cd a && b; (c); d | e; f &'), [
    'cd',
    'b',
    'c isolated',
    'd isolated',
    'e isolated',
    'f isolated',
  ]);
  assert.deepEqual(marks('a || b; if c; then d; fi'), ['a', 'b conditional', 'c conditional', 'd conditional']);
});

test('a script that is not well-formed gives what can be read and the problems', () => {
  const reading = readCommands('apt-get update && echo "oh');
  assert.deepEqual(
    reading.commands.map((command) => command.name?.text),
    ['apt-get', 'echo'],
  );
  assert.equal(reading.problems.length, 1);
  assert.deepEqual(readCommands('').commands, []);
});
