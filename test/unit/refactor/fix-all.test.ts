/** Fix-all: what takes part, what does not, and that it comes to an end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixAll } from '../../../server/src/refactor/fix-all';
import { analyse } from '../../../server/src/report/analyse';
import type { Refactoring } from '../../../server/src/report/types';
import { type Files, factsOf, inputsOf } from '../report/scenario';

function fixed(text: string, files: Files = {}) {
  const scene = { text, files };
  const [inputs, facts] = [inputsOf(scene), factsOf(scene)];
  return fixAll(text, (now) => analyse(now, inputs, facts).unchanging());
}

const big = 'dd if=/dev/zero of=/big bs=1000 count=3000';

describe('fix-all', () => {
  it('merges where bytes go, and not where nothing is gained', () => {
    const { text, applied } = fixed(`FROM bb\nRUN ${big}\nRUN cp /big /kept\nRUN rm /big\nCMD ["sh"]\n`);
    assert.equal(applied.length, 1, applied.join());
    assert.match(text, /^FROM bb\nRUN dd [^\n]+ && \\\n +cp \/big \/kept && \\\n +rm \/big\nCMD \["sh"\]\n$/);
    const plain = 'FROM bb\nRUN mkdir /a\nRUN mkdir /b\n';
    assert.deepEqual(fixed(plain), { text: plain, applied: [] });
  });

  it('does one after another, each on what the one before left', () => {
    const source = `FROM bb\r\nADD a /srv/a/\r\n# kept\r\nRUN ${big}\r\nRUN rm /big\r\nADD b /srv/b/\r\n`;
    const { text, applied } = fixed(source, { 'a/x': 'a', 'b/x': 'b' });
    assert.equal(applied.length, 3, applied.join());
    assert.doesNotMatch(text, /ADD|[^\r]\n/);
    assert.match(text, /# kept/);
    assert.deepEqual(fixed(text, { 'a/x': 'a', 'b/x': 'b' }), { text, applied: [] });
  });

  it('leaves what a container could notice', () => {
    for (const text of [
      'FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y jq\n',
      'FROM node:20\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm install\nCOPY . .\nCMD ["node", "a.js"]\n',
      'FROM bb\nCOPY . /app\n',
    ]) {
      const files = { '.git/HEAD': 'x', 'package.json': '{}', 'package-lock.json': '{}', 'a.js': '' };
      assert.deepEqual(fixed(text, files), { text, applied: [] });
    }
  });

  it('does nothing to a file with a mistake, and to none at all', () => {
    for (const text of ['', 'FROM bb\nWORKDIR "\nADD a /a\n', '{{ x }}\n'])
      assert.equal(fixed(text, { a: '' }).text, text);
  });

  it('comes to an end where two would undo each other', () => {
    const swap = (from: string, to: string): Refactoring => ({
      id: `swap:${from}`,
      title: '',
      kind: 'refactor.rewrite',
      line: 1,
      endLine: 1,
      effect: { bytes: null, layers: 0, cache: '' },
      changesBehaviour: false,
      edits: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } }, newText: to }],
    });
    assert.deepEqual(
      fixAll('a', (now) => (now === 'a' ? swap('a', 'b') : swap('b', 'a'))),
      {
        text: 'b',
        applied: ['swap:a'],
      },
    );
  });
});
