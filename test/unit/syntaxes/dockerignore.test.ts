import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenize } from './tokens';

const suffix = '.dockerignore';

/** Each line's tokens as `text=scope`, the innermost scope without the language's suffix; blanks between are left out. */
async function scopes(text: string): Promise<readonly string[]> {
  const lines = await tokenize('source.dockerignore', text);
  return lines.map((tokens) =>
    tokens
      .filter((token) => token.scopes.length > 1)
      .map((token) => `${token.text}=${token.scopes.at(-1)?.replace(suffix, '')}`)
      .join('  '),
  );
}

test('patterns, negation, wildcards, classes and escapes', async () => {
  assert.deepEqual(await scopes('**/*.log\n!keep?me\n  !/a b\nv[^0-9]\\*'), [
    '**=keyword.operator.wildcard.any-depth  /=punctuation.separator.path  *=keyword.operator.wildcard  .log=string.unquoted.path',
    '!=keyword.operator.negation  keep=string.unquoted.path  ?=keyword.operator.wildcard  me=string.unquoted.path',
    '!=keyword.operator.negation  /=punctuation.separator.path  a=string.unquoted.path  b=string.unquoted.path',
    'v=string.unquoted.path  [=punctuation.definition.character-class.begin  ^=keyword.operator.negation  0-9=constant.other.character-class  ]=punctuation.definition.character-class.end  \\*=constant.character.escape',
  ]);
});

test('only a number sign in the first column begins a comment', async () => {
  assert.deepEqual(await scopes('# why\n #pattern\n\na#b'), [
    '#=punctuation.definition.comment   why=comment.line.number-sign',
    '#pattern=string.unquoted.path',
    '',
    'a#b=string.unquoted.path',
  ]);
});

test('an open class does not leak into the next line', async () => {
  assert.deepEqual((await scopes('a[b\nc'))[1], 'c=string.unquoted.path');
});
