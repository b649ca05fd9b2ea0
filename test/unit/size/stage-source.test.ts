/** What COPY takes out of another stage: patterns, links and second names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageFacts } from '../../../server/src/images/types';
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

describe('COPY --from another image', () => {
  const layers: ImageFacts['layers'] = [
    { createdBy: '/bin/sh -c #(nop) ADD file:0ab in / ', size: 8_000_000 },
    { createdBy: 'RUN /bin/sh -c apk add x # buildkit', size: 500_000 },
    { createdBy: 'COPY /build/tool /usr/bin/ # buildkit', size: 42_000 },
    { createdBy: 'COPY --chmod=755 conf /etc/tool.conf # buildkit', size: 300 },
    { createdBy: 'CMD ["tool"]', size: 0 },
  ];
  const facts: ImageFacts = {
    reference: 'tools',
    size: 8_542_300,
    layers,
    source: { kind: 'engine', label: 'Docker' },
  };
  const sizeFrom = (line: string, of: ImageFacts = facts) =>
    reportOf({ text: `FROM scratch\n${line}\n`, images: { tools: { kind: 'known', facts: of } } }).stages[0]?.steps[0]
      ?.size;

  it('knows what the last layer of the image put there', () => {
    const size = sizeFrom('COPY --from=tools /etc/tool.conf /c');
    assert.deepEqual([size?.bytes, size?.high, size?.basis], [300, 300, 'measured']);
  });

  it('estimates what layers above may have changed', () => {
    const size = sizeFrom('COPY --from=tools /usr/bin/tool /t');
    assert.deepEqual([size?.bytes, size?.basis], [42_000, 'estimated']);
  });

  it('knows all of an image with one layer, and estimates what several hide of each other', () => {
    assert.equal(sizeFrom('COPY --from=tools / /')?.basis, 'estimated');
    const one = { ...facts, size: 1_234, layers: [{ createdBy: 'COPY /x / # buildkit', size: 1_234 }] };
    const size = sizeFrom('COPY --from=tools / /', one);
    assert.deepEqual([size?.bytes, size?.low, size?.basis], [1_234, 1_234, 'measured']);
  });

  it('says of anything else that it does not know, and how large the image is', () => {
    const size = sizeFrom('COPY --from=tools /lib /l');
    assert.deepEqual([size?.bytes, size?.basis], [null, 'unknown']);
    assert.match(size?.evidence.join() ?? '', /tools holds at \/lib .* 8\.5\d? MB/);
    assert.equal(sizeFrom('COPY --from=tools /etc/tool.* /c/')?.basis, 'unknown');
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
