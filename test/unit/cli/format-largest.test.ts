/** `analyze --by package|path`: what the image is made of, largest first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createColors } from 'picocolors';
import { largestAsJson, largestAsText } from '../../../server/src/cli/format-largest';
import { reportOf } from '../report/scenario';

const terminal = { colors: createColors(false), width: 80, folder: '/project' };
const report = reportOf({
  text: 'FROM scratch AS base\nCOPY d /d\nFROM base\nRUN echo hello > /f\nRUN frobnicate\n',
  files: { 'd/one': 'y'.repeat(500), 'd/two': 'z'.repeat(70) },
});

describe('what an image is made of', () => {
  it('by path, with the stages that the target stands on', () => {
    const lines = largestAsText(report, 'path', terminal).trimEnd().split('\n').slice(1);
    assert.deepEqual(lines, [' SIZE  LINE  PATH', '500 B     2  /d/one', ' 70 B     2  /d/two', '  6 B     4  /f']);
  });

  it('as JSON, with the lines whose bytes are not all known', () => {
    const answer = JSON.parse(largestAsJson(report, 'path'));
    assert.equal(answer.by, 'path');
    assert.deepEqual(answer.items[0], { name: '/d/one', line: 2, bytes: 500 });
    assert.deepEqual(answer.unknown, [
      { line: 5, reasons: ['What frobnicate writes is known once the engine has run it.'] },
    ]);
  });

  it('by what is sent, with what of it an image hardly needs', () => {
    const sent = reportOf({
      text: 'FROM bb\nCOPY . .\n',
      files: { '.git/a': 'x'.repeat(900), 'src/b': 'y'.repeat(30) },
    });
    const lines = largestAsText(sent, 'context', terminal).trimEnd().split('\n').slice(1);
    assert.deepEqual(lines, [' SIZE  LINE  PATH', '900 B        .git  version control', ' 30 B        src/b']);
    assert.equal(JSON.parse(largestAsJson(sent, 'context')).sent.bytes, 930);
  });

  it('by package, where none is known', () => {
    const lines = largestAsText(report, 'package', terminal).trimEnd().split('\n').slice(1);
    assert.deepEqual(lines, ['No package that Strata knows of is installed.']);
  });
});
