/** What COPY takes out of another stage: patterns, links and second names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Files } from '../report/scenario';
import { reportOf } from '../report/scenario';

const kilobyte = 'x'.repeat(1000);
const files: Files = {
  a: kilobyte,
  b: 'b'.repeat(30),
  'd/one': kilobyte,
  'd/two.md': 'y'.repeat(7),
  'd/s/three': kilobyte,
  'd/s/four.md': 'z'.repeat(5),
  'd/link': { type: 'symlink', linkTarget: 's/three' },
  'd/dir': { type: 'symlink', linkTarget: 's' },
  'h/one': { content: 'h'.repeat(500), hardLink: '7' },
  'h/two': { content: 'h'.repeat(500), hardLink: '7' },
};
const stage = 'FROM scratch AS s\nCOPY d /d\nCOPY a b /o/\nCOPY h /h\nFROM scratch\n';

const sizeOf = (text: string) => reportOf({ text, files }).stages.at(-1)?.steps.at(-1)?.size;

function check(rows: readonly (readonly [string, number])[], before = stage): void {
  for (const [line, bytes] of rows) {
    it(line, () => {
      const size = sizeOf(`${before}${line}\n`);
      assert.deepEqual([size?.bytes, size?.low, size?.high, size?.basis], [bytes, bytes, bytes, 'exact']);
    });
  }
}

describe('COPY --from with --exclude', () => {
  check([
    ['COPY --from=s --exclude=*.md /d /e', 2005],
    ['COPY --from=s --exclude=**/*.md /d /e', 2000],
    ['COPY --from=s --exclude=s /d /e', 1007],
    ['COPY --from=s --exclude=s --exclude=!s/three /d /e', 2007],
    ['COPY --from=s --exclude=d/s --exclude=h / /e', 2037],
    // What is named itself is not excluded.
    ['COPY --from=s --exclude=*.md /d/two.md /e', 7],
    // A second name of what is left out is still there.
    ['COPY --from=s --exclude=one /h /e', 500],
    ['COPY --from=s --exclude=three /d/* /e/', 2012],
  ]);
});

describe('COPY --from with --parents', () => {
  check([
    ['COPY --from=s --parents /d/s/three /x/', 1000],
    ['COPY --from=s --parents /d/**/*.md /o/a /x/', 1012],
    ['COPY --from=s --parents /d/./s/*.md /x/', 5],
    ['COPY --from=s --parents --exclude=**/s /d/./ /x/', 1007],
    // A link stays a link.
    ['COPY --from=s --parents /d/link /x/', 0],
  ]);

  it('keeps the folders above: what is taken again lies there', () => {
    const text = `${stage.replace('FROM scratch\n', 'FROM scratch AS t\nCOPY --from=s --parents /d/./s/*.md /x/\n')}FROM scratch\n`;
    assert.equal(sizeOf(`${text}COPY --from=t /x/s/four.md /y\n`)?.bytes, 5);
  });

  it('says that it does not know what a pattern matches in a base image', () => {
    assert.equal(
      sizeOf('FROM bb AS s\nCOPY d /usr/d\nFROM scratch\nCOPY --from=s --parents /usr/**/*.md /x/\n')?.basis,
      'unknown',
    );
  });
});

describe('what patterns chose is known afterwards', () => {
  check(
    [
      ['COPY --from=s /e/s /f', 1000],
      ['COPY --from=s /p/d/one /f', 1000],
      ['COPY --from=s /p /f', 2000],
    ],
    'FROM scratch AS s\nCOPY --exclude=**/*.md d /e\nCOPY --parents d/*/three d/one /p/\nFROM scratch\n',
  );
});

describe('links in COPY --from', () => {
  check([
    ['COPY --from=s /d/link /f', 1000],
    ['COPY --from=s /d/dir /f', 1005],
    ['COPY --from=s /d/dir/four.md /f', 5],
    ['COPY --from=s /d/l* /f/', 1000],
  ]);
  check(
    [
      ['COPY --from=s /current /f', 1000],
      ['COPY --from=s /folder/one /f', 1000],
    ],
    'FROM scratch AS s\nCOPY d /d\nRUN ln -s d/one /current && ln -s /d /folder\nFROM scratch\n',
  );

  it('says that it does not know where a link leads', () => {
    assert.equal(
      sizeOf('FROM scratch AS s\nCOPY d /d\nRUN ln -s "$(uname -r)" /l\nFROM scratch\nCOPY --from=s /l /f\n')?.bytes,
      null,
    );
  });
});

describe('second names of files', () => {
  const linked = 'FROM scratch AS s\nCOPY a /a\nRUN cp /a /one && ln /one /two && ln /one /three\n';
  check(
    [
      ['COPY --from=s /one /f', 1000],
      ['COPY --from=s /two /f', 1000],
      ['COPY --from=s /one /two /f/', 2000],
      ['COPY --from=s /t* /f/', 2000],
    ],
    `${linked}FROM scratch\n`,
  );

  it('a layer keeps the bytes as long as one name is left', () => {
    const run = (script: string) => sizeOf(`FROM scratch\nCOPY a /a\nRUN ${script}\n`)?.bytes;
    assert.equal(run('cp /a /one && ln /one /two'), 1000);
    assert.equal(run('cp /a /one && ln /one /two && rm /one'), 1000);
    assert.equal(run('cp /a /one && ln /one /two && rm /two'), 1000);
    assert.equal(run('cp /a /one && ln /one /two && mv /one /three'), 1000);
    assert.equal(run('cp /a /one && ln /one /two && mv /one /three && rm /three'), 1000);
    assert.equal(run('cp /a /one && ln /one /two && rm /one /two'), 0);
  });
});
