/** Sizes of COPY, ADD and WORKDIR against rules measured with a real engine (content bytes). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Files, Scene } from '../report/scenario';
import { contextOf, layerSteps, reportOf } from '../report/scenario';

const kilobyte = 'x'.repeat(1000);
const files: Files = { a: kilobyte, b: 'b'.repeat(30), 'd/one': kilobyte, 'd/two': kilobyte, 'd/s/three': kilobyte };

function sizes(text: string, scene: Partial<Scene> = {}): readonly (number | null)[] {
  return layerSteps(reportOf({ text, files, ...scene })).map((step) => step.size.bytes);
}

describe('sizes of COPY from the build context', () => {
  const rows: readonly (readonly [string, string, readonly (number | null)[]])[] = [
    ['one file', 'COPY a /t', [1000]],
    ['the same file twice', 'COPY a /t\nCOPY a /t', [1000, 1000]],
    ['a folder', 'COPY d /t', [3000]],
    ['two sources', 'COPY a b /t/', [1030]],
    ['a wildcard', 'COPY d/t* /t/', [1000]],
    ['a wildcard without match', 'COPY nothing* /t/', [0]],
    ['everything', 'COPY . /t', [4030]],
    ['excluded', 'COPY --exclude=d . /t', [1030]],
    ['a heredoc', 'COPY <<EOF /t\nhello\nEOF', [6]],
    ['a heredoc and a file', 'COPY b <<EOF /t/\nhello\nEOF', [36]],
    ['a source that is not there', 'COPY nope /t', [null]],
    ['a working directory', 'WORKDIR /x/y/z', [0]],
    ['metadata makes no layer', 'LABEL a=1\nENV B=1\nCMD ["a"]', []],
  ];
  for (const [name, text, expected] of rows) {
    it(name, () => assert.deepEqual(sizes(`FROM bb\n${text}\n`), expected));
  }

  it('counts a hard link once a layer and a symbolic link not at all', () => {
    const linked: Files = {
      'd/one': { content: kilobyte, hardLink: '7' },
      'd/two': { content: kilobyte, hardLink: '7' },
      'd/link': { type: 'symlink', linkTarget: 'one' },
    };
    assert.deepEqual(sizes('FROM bb\nCOPY d /t\n', { files: linked }), [1000]);
  });

  it('counts what a later source replaces once more while other names of it stay', () => {
    const linked: Files = {
      'h/a': { content: kilobyte, hardLink: '7' },
      'h/b': { content: kilobyte, hardLink: '7' },
      'other/a': { content: kilobyte, hardLink: '7' },
    };
    assert.deepEqual(sizes('FROM bb\nCOPY h other /v/\n', { files: linked }), [2000]);
    assert.deepEqual(sizes('FROM bb\nCOPY h/a other /v/\n', { files: linked }), [1000]);
  });

  it('says what it waits for, or why it can not know', () => {
    const waiting = layerSteps(reportOf({ text: 'FROM bb\nCOPY a /t\n', context: { state: 'pending' } }))[0];
    assert.deepEqual([waiting?.size.bytes, waiting?.size.basis], [null, 'unknown']);
    const context = { state: 'unavailable', reason: 'no permission' } as const;
    const closed = reportOf({ text: 'FROM bb\nCOPY a /t\n', context });
    assert.deepEqual(layerSteps(closed)[0]?.size.evidence, ['no permission']);
    assert.deepEqual(
      closed.findings.map((finding) => finding.code),
      ['context-unavailable'],
    );
  });
});

describe('sizes of COPY from another stage', () => {
  const last = (text: string) => layerSteps(reportOf({ text, files })).at(-1);

  it('knows a file and a folder that came from the build context', () => {
    assert.equal(last('FROM scratch AS s\nCOPY d /d\nFROM scratch\nCOPY --from=s /d /e\n')?.size.bytes, 3000);
    assert.equal(last('FROM scratch AS s\nCOPY d /d\nFROM scratch\nCOPY --from=s /d/s /e\n')?.size.bytes, 1000);
    const file = last('FROM bb AS s\nCOPY a /f\nFROM scratch\nCOPY --from=s /f /g\n');
    assert.deepEqual([file?.size.bytes, file?.size.basis], [1000, 'exact']);
  });

  it('counts a file that two steps wrote once', () => {
    const text = 'FROM scratch AS s\nCOPY d/one /d/\nCOPY d /d\nFROM scratch\nCOPY --from=s / /\n';
    assert.equal(last(text)?.size.bytes, 3000);
  });

  it('marks a folder on top of a base image as taken to be all there is', () => {
    const step = last('FROM bb AS s\nWORKDIR /app\nCOPY d .\nFROM scratch\nCOPY --from=s /app /app\n');
    assert.deepEqual([step?.size.bytes, step?.size.basis], [3000, 'estimated']);
  });

  it('knows nothing after a command, and nothing of what a base image holds', () => {
    assert.equal(
      last('FROM scratch AS s\nCOPY d /d\nRUN x\nFROM scratch\nCOPY --from=s /d /e\n')?.size.basis,
      'unknown',
    );
    assert.equal(last('FROM bb AS s\nCOPY d /usr/d\nFROM scratch\nCOPY --from=s /usr /usr\n')?.size.basis, 'unknown');
    assert.equal(last('FROM scratch\nCOPY --from=nginx /etc/nginx /e\n')?.size.basis, 'unknown');
  });
});

describe('patterns in COPY --from', () => {
  const sized = (text: string) => reportOf({ text, files }).stages.at(-1)?.steps.at(-1)?.size;

  it('takes what matches where all of the folder is known', () => {
    const text = 'FROM scratch AS s\nCOPY a b /o/\nCOPY d /o/d/\n';
    const whole = sized(`${text}FROM scratch\nCOPY --from=s /o /x/\n`)?.bytes ?? 0;
    const named = sized(`${text}FROM scratch\nCOPY --from=s /o/a /x/\n`)?.bytes;
    assert.equal(sized(`${text}FROM scratch\nCOPY --from=s /o/a* /x/\n`)?.bytes, named);
    assert.equal(sized(`${text}FROM scratch\nCOPY --from=s /o/* /x/\n`)?.bytes, whole);
    assert.equal(sized(`${text}FROM scratch\nCOPY --from=s /o/nothing* /x/\n`)?.bytes, 0);
  });

  it('says that it does not know where the base image may hold more', () => {
    const text = 'FROM bb AS s\nCOPY a /usr/lib/\nFROM scratch\nCOPY --from=s /usr/lib/* /x/\n';
    assert.equal(sized(text)?.basis, 'unknown');
  });
});

describe('wasted bytes', () => {
  it('names the line that writes the same files again', () => {
    const report = reportOf({ text: 'FROM scratch\nWORKDIR /app\nCOPY a b ./\nCOPY . .\n', files });
    const step = report.stages[0]?.steps[1];
    assert.equal(step?.wasted?.bytes, 1030);
    // A kilobyte is worth no diagnostic.
    assert.deepEqual(report.findings, []);
    assert.equal(report.image.wasted.bytes, 1030);
    assert.equal(report.image.efficiency, (5060 - 1030) / 5060);
    const large = reportOf({
      text: 'FROM scratch\nCOPY a /\nCOPY . /\n',
      files: { a: { size: 2_000_000 }, b: 'b' },
    });
    assert.deepEqual(
      large.findings.map(({ code, message }) => [code, message]),
      [['copied-twice', '2 MB of this layer is written again in line 3 and stays in the image twice.']],
    );
  });
});

describe('context size', () => {
  it('counts what the builder asks for, nested paths once', () => {
    const of = (text: string) => reportOf({ text, files }).contextSize;
    assert.deepEqual(of('FROM bb\nCOPY d/s /a\nCOPY d /b\nCOPY a /c\n'), { bytes: 4000, files: 4 });
    assert.deepEqual(of('FROM bb\nCOPY . /b\n'), { bytes: 4030, files: 5 });
    assert.deepEqual(of('FROM bb\nRUN x\n'), { bytes: 0, files: 0 });
    assert.equal(reportOf({ text: 'FROM bb\n', context: { state: 'pending' } }).contextSize, null);
  });

  it('is empty for an empty context', () => {
    const context = contextOf({});
    assert.deepEqual(reportOf({ text: 'FROM bb\nCOPY . /b\n', context }).contextSize, { bytes: 0, files: 0 });
  });
});
