import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readShape } from '../../../server/src/shell/shape';

test('a chain is one statement of && only', () => {
  for (const script of ['a', 'a && b', 'a | b && ! c', '(a; b) && c', 'for x in 1; do a; done']) {
    assert.equal(readShape(script).chain, true, script);
  }
  for (const script of ['a; b', 'a || b', 'a && b || c', 'a &', 'a\nb'])
    assert.equal(readShape(script).chain, false, script);
});

test('set -e does not matter to simple chains', () => {
  for (const script of ['a', 'a && b', 'a || b', 'if a; then b; fi', 'x=$(a)']) {
    assert.equal(readShape(script).errexitNeutral, true, script);
  }
  for (const script of ['a; b', 'x=$(a; b)', 'for x in 1; do a; done', '{ a; b; } && c', 'eval "$x"', 'f() { a; }']) {
    assert.equal(readShape(script).errexitNeutral, false, script);
  }
});

test('state that would reach the next command', () => {
  const leaks = (script: string): string[] => readShape(script).leaks.map(({ name }) => name);
  assert.deepEqual(leaks('cd x && A=1 && export B=2'), ['cd', 'A', 'export']);
  assert.deepEqual(leaks('(cd x); A=1 b; cd y | c; d $(cd z)'), []);
  assert.deepEqual(leaks('command cd x; for i in 1; do b; done; : ${j:=1}; read k'), ['cd', 'i', 'j', 'k']);
  assert.deepEqual(leaks('f() { cd x; }'), ['cd', 'f()']);
  assert.deepEqual(leaks('"$JAVA_HOME"/bin/java; $tool'), ['$tool']);
});

test('options at the beginning', () => {
  const prefix = (script: string): unknown => {
    const found = readShape(script).prefix;
    return found && [found.text, found.separator, found.errexit, script.slice(found.bodyStart)];
  };
  assert.deepEqual(prefix('set -eux; a; b'), ['set -eux', ';', true, 'a; b']);
  assert.deepEqual(prefix('set  -o pipefail && a | b'), ['set -o pipefail', '&&', false, 'a | b']);
  assert.deepEqual(prefix('set -e\nset -o errexit\na'), ['set -e set -o errexit', ';', true, 'a']);
  assert.equal(prefix('set -e'), undefined);
  assert.equal(prefix('set -- a b; c'), undefined);
  assert.equal(prefix('set +e; c'), undefined);
});

test('comments, templates, background', () => {
  const script = 'a # why';
  const { comment, content } = readShape(script);
  assert.equal(script.slice(comment?.start, comment?.end), '# why');
  assert.equal(script.slice(content.start, content.end), 'a');
  assert.equal(readShape('a#b').comment, undefined);
  assert.equal(readShape('apt install {{ x }}').template, true);
  assert.equal(readShape('f \'{{ x }}\' "{{y}}"').template, false);
  assert.equal(readShape('a & b').background, true);
  assert.equal(readShape('a > >(b)').background, true);
  assert.equal(readShape('echo "a').problem, 'unterminated double quote');
});
