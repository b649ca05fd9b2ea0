import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIgnoreFile } from '../../../server/src/context/ignore-file';
import { expressionOf, followed, type PatternPart } from '../../../server/src/context/pattern-parts';
import { compileWildcard } from '../../../server/src/context/wildcard';

const source = fc.constantFrom('a', 'b', '[^/]', '[^\\n]', '[ab]', '[^]', '[]', '\\u{2f}', '\\u{fc}');
const part: fc.Arbitrary<PatternPart> = fc.oneof(
  source.map((each): PatternPart => ({ kind: 'one', source: each })),
  source.map((each): PatternPart => ({ kind: 'many', source: each })),
  fc.constant<PatternPart>({ kind: 'directories' }),
  fc.constantFrom('^', '$', '\\b', '\\B').map((each): PatternPart => ({ kind: 'place', source: each })),
);
const text = fc
  .array(fc.constantFrom('a', 'b', '/', '\n', 'ü', '😀', '.'), { maxLength: 9 })
  .map((all) => all.join(''));

describe('parts of patterns', () => {
  it('match the same followed one by one as in a regular expression', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 7 }), fc.array(text, { minLength: 1, maxLength: 12 }), (parts, texts) => {
        const [expression, following] = [expressionOf(parts), followed(parts)];
        for (const each of texts) assert.equal(following(each), expression(each), JSON.stringify([parts, each]));
      }),
      { numRuns: 1_500 },
    );
  });

  it('end where a regular expression would take for ever', () => {
    const name = 'a'.repeat(240);
    for (const pattern of [`${'*a'.repeat(30)}b`, `${'*[a-c]'.repeat(20)}?b`]) {
      assert.equal(compileWildcard(pattern)?.matches(name), false);
      assert.equal(compileWildcard(pattern)?.matches(`${name}b`), true);
    }
    for (const pattern of [`${'**a'.repeat(20)}b`, `${'**/*a'.repeat(20)}b`, `${'*a**'.repeat(15)}/b`]) {
      const { matcher } = parseIgnoreFile(`${pattern}\n`);
      assert.equal(matcher.matchAlone(`${name}/${name}`), false);
    }
    assert.equal(parseIgnoreFile(`${'**a'.repeat(20)}b\n`).matcher.matchAlone(`x/${'a'.repeat(20)}b`), true);
  });
});
