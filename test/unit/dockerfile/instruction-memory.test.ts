import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { forgetInstructions } from '../../../server/src/dockerfile/instruction-memory';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { readDockerfiles } from '../../corpus/sources';
import { applyEdit, randomEdit } from '../../fuzz/mutate';
import { seeded } from '../../fuzz/random';

let texts: readonly string[] = [];

before(async () => {
  const corpus = fileURLToPath(new URL('../../fixtures/corpus', import.meta.url));
  texts = (await readDockerfiles(corpus)).map(({ text }) => text).filter((text) => text.length < 20_000);
});

/** The text as if nothing had been read before. */
function parseAnew(text: string): ReturnType<typeof parseDockerfile> {
  forgetInstructions();
  return parseDockerfile(text);
}

describe('instructions as they were read before', () => {
  it('are what reading them again would give, after whatever is typed', () => {
    const random = seeded(20_261_201);
    for (let file = 0; file < 60; file++) {
      let text = texts[random.below(texts.length)] ?? '';
      const typed = [text];
      for (let edit = 0; edit < 12; edit++) {
        text = applyEdit(text, randomEdit(text, random, texts));
        typed.push(text);
      }
      // There and back, with another file open beside it.
      const other = texts[file % texts.length] ?? '';
      const sequence = [...typed, ...typed.toReversed(), other, ...typed];
      const remembered = sequence.map((each) => parseDockerfile(each));
      for (const [index, each] of sequence.entries()) assert.deepEqual(remembered[index], parseAnew(each));
    }
  });

  it('are the very same where nothing of them has changed', () => {
    const first = parseDockerfile('FROM a\nRUN one\nRUN two\nCMD three\n');
    const second = parseDockerfile('FROM a\nRUN one and more\nRUN two\nCMD three\n');
    const same = second.instructions.map((instruction, index) => instruction === first.instructions[index]);
    assert.deepEqual(same, [true, false, true, false]);
  });

  for (const [name, one, other] of [
    ['a line is continued where the text ended', 'FROM a\nRUN x \\\n', 'FROM a\nRUN x \\\ny\n'],
    ['a heredoc goes on where the text ended', 'FROM a\nRUN <<E\nx\n', 'FROM a\nRUN <<E\nx\nE\n'],
    ['the escape character is another one', 'FROM a\nRUN x \\\ny\nCMD z\n', '# escape=`\nFROM a\nRUN x \\\ny\nCMD z\n'],
    ['a syntax line appears', '#\nFROM a\nRUN --device=x y\nCMD z\n', '# syntax=b\nFROM a\nRUN --device=x y\nCMD z\n'],
    ['a mark of the byte order appears', 'FROM a\nRUN x\nCMD z\n', '\ufeffFROM a\nRUN x\nCMD z\n'],
    ['a line that was a comment is one no more', '# a\nFROM b\nCMD c\n', 'FROM a\nFROM b\nCMD c\n'],
  ] as const) {
    it(`are read anew where ${name}`, () => {
      for (const [before, after] of [
        [one, other],
        [other, one],
      ]) {
        parseAnew(before ?? '');
        const remembered = parseDockerfile(after ?? '');
        assert.deepEqual(remembered, parseAnew(after ?? ''));
      }
    });
  }
});
