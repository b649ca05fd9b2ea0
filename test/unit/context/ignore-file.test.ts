import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseIgnoreFile, verdictOn } from '../../../server/src/context/ignore-file';
import { compilePatterns } from '../../../server/src/context/pattern-matcher';
import { keptPaths } from './kept-paths';

interface Experiment {
  readonly text: string;
  readonly removed?: readonly string[];
  readonly emptyDirectories?: readonly string[];
  readonly error?: boolean;
}

// What a real engine did: docker build with `COPY .` and each ignore file in turn.
const experiments: { readonly files: readonly string[]; readonly cases: readonly Experiment[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/dockerignore/experiments.json', import.meta.url), 'utf8'),
);

describe('ignore files as a real engine read them', () => {
  for (const { text, removed, emptyDirectories, error } of experiments.cases) {
    it(JSON.stringify(text), () => {
      const file = parseIgnoreFile(text);
      if (error) {
        assert.equal(file.problems[0]?.code, 'malformed-pattern');
        return;
      }
      assert.deepEqual(file.problems, []);
      const kept = keptPaths(experiments.files, file.matcher);
      const gone = experiments.files.filter((path) => !kept.files.includes(path));
      assert.deepEqual(gone, [...(removed ?? [])].sort());
      const empty = kept.directories.filter((path) => !kept.files.some((kept) => kept.startsWith(`${path}/`)));
      const topmost = empty.filter((path) => !empty.some((other) => path.startsWith(`${other}/`)));
      const measured = (emptyDirectories ?? []).filter(
        (path) => !emptyDirectories?.some((other) => path.startsWith(`${other}/`)),
      );
      assert.deepEqual(topmost.sort(), [...measured].sort());
    });
  }
});

describe('patterns as github.com/moby/patternmatcher tests them', () => {
  const cases: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
    ['**', 'file', true],
    ['**/', 'file', true],
    ['**', 'dir/file', true],
    ['**/**', 'dir/file', true],
    ['dir/**', 'dir/dir2/file', true],
    ['dir/**', 'dir', false],
    ['**/dir', 'dir', true],
    ['**/dir', 'dir/file', true],
    ['**/dir2/*', 'dir/dir2/file', true],
    ['**/dir2/**', 'dir/dir2/dir3/file', true],
    ['**file', 'dir/dir/file', true],
    ['**/file*txt', 'dir/dir/file.txt', true],
    ['**/file*.txt*', 'dir/dir/file.txt', true],
    ['**/**/*.txt2', 'dir/dir/file.txt', false],
    ['**/**/*.txt', 'file.txt', true],
    ['a**/*.txt', 'a/dir/dir/file.txt', true],
    ['a/*.txt', 'a/dir/file.txt', false],
    ['a/*.txt**', 'a/file.txt', true],
    ['a[b-d]e', 'ace', true],
    ['a[b-d]e', 'aae', false],
    ['a[^b-d]e', 'aze', true],
    ['.*', '.foo', true],
    ['.*', 'foo', false],
    ['abc.def', 'abcZdef', false],
    ['abc?def', 'abcZdef', true],
    ['a\\\\', 'a\\', true],
    ['a\\*b', 'a*b', true],
    ['**/.foo', 'bar.foo', false],
    ['a(b)c/def', 'a(b)c/def', true],
    ['a.|)$(}+{bc', 'a.|)$(}+{bc', true],
    ['dist/*.whl', 'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl', true],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    ['a?b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['[\\-x]', '-', true],
    ['[x\\-]', 'x', true],
  ];
  for (const [pattern, path, matches] of cases) {
    it(`${pattern} on ${path}: ${matches}`, () => {
      assert.equal(compilePatterns([pattern]).matcher.matchAlone(path), matches);
    });
  }

  for (const pattern of ['[', '[]a]', '[-]', '[x-]', '[-x]', 'a[', 'a\\', '[^', '[^bc', '!', '\\h', '[z-a]']) {
    it(`${pattern} is malformed`, () => assert.deepEqual(compilePatterns([pattern]).malformed, [pattern]));
  }

  it('a later line wins over an earlier one', () => {
    const { matcher } = compilePatterns(['**', '!util/docker/web', 'util/docker/web/foo']);
    assert.equal(matcher.matchAlone('util/docker/web/foo'), true);
    assert.equal(matcher.matchAlone('util/docker/web/bar'), false);
  });
});

describe('problems and verdicts', () => {
  it('names line and columns of what is malformed and keeps the rest', () => {
    const file = parseIgnoreFile('\ufeff# comment\r\n  a[  \r\nb\n!\n');
    assert.deepEqual(
      file.problems.map(({ code, range, parameters }) => ({ code, range, parameters })),
      [
        {
          code: 'malformed-pattern',
          range: { start: { line: 1, character: 2 }, end: { line: 1, character: 4 } },
          parameters: ['a['],
        },
        {
          code: 'lone-exclamation',
          range: { start: { line: 3, character: 0 }, end: { line: 3, character: 1 } },
          parameters: [],
        },
      ],
    );
    assert.deepEqual(
      file.rules.map((rule) => rule.pattern.text),
      ['b'],
    );
  });

  it('tells the line that decides', () => {
    const file = parseIgnoreFile('*\n!d\nd/x');
    const line = (path: string) => {
      const verdict = verdictOn(file, path);
      return [verdict.ignored, verdict.rule?.range.start.line];
    };
    assert.deepEqual(line('a'), [true, 0]);
    assert.deepEqual(line('d/e'), [false, 1]);
    assert.deepEqual(line('d/x/y'), [true, 2]);
    assert.deepEqual(verdictOn(parseIgnoreFile('q'), 'a'), { ignored: false });
  });

  it('takes a backslash for a separator on Windows', () => {
    assert.equal(parseIgnoreFile('d\\a.txt', true).matcher.matchAlone('d/a.txt'), true);
    assert.equal(parseIgnoreFile('d\\a.txt', false).matcher.matchAlone('d/a.txt'), false);
  });
});
