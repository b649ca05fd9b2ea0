import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileWildcard, matchesByElement } from '../../../server/src/context/wildcard';

// The table of Go's own tests of filepath.Match.
const cases: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['a[^a][^a][^a]b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['*x', 'xxx', true],
  ['**', 'a/b', false],
  ['a[^b]c', 'a/c', true],
  ['[z-a]', 'm', false],
  ['x-y.z$', 'x-y.z$', true],
];

describe('wildcards of sources', () => {
  for (const [pattern, path, matches] of cases) {
    it(`${pattern} on ${path}: ${matches}`, () => {
      assert.equal(compileWildcard(pattern)?.matches(path), matches);
    });
  }
  for (const pattern of ['[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[', '[^', '[^bc', 'a[', 'a\\']) {
    it(`${pattern} is malformed`, () => assert.equal(compileWildcard(pattern), undefined));
  }
  it('knows when a class may reach over a slash', () => {
    assert.equal(matchesByElement('a[^b]c'), false);
    assert.equal(matchesByElement('a[+-z]c'), false);
    assert.equal(matchesByElement('src/[a-z]*.ts'), true);
  });
});
