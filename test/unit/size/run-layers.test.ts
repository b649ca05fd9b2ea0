/** Layers of RUN, file by file, against what `docker history` printed for the same lines (classic image store, content bytes). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Files } from '../report/scenario';
import { layerSteps, reportOf } from '../report/scenario';

const files: Files = { a: 'x'.repeat(1000), 'd/one': 'y'.repeat(500), 'd/two': 'z'.repeat(70) };

function report(text: string) {
  return reportOf({ text: `FROM bb\n${text}\n`, files });
}

const file = 'RUN head -c 5000 /dev/zero >/f';

const measured: readonly (readonly [string, string, readonly number[]])[] = [
  ['nothing', 'RUN true', [0]],
  ['a file', file, [5000]],
  ['a sparse file', 'RUN truncate -s 1000000 /f', [1_000_000]],
  ['a hard link to a new file', 'RUN head -c 5000 /dev/zero >/f; ln /f /g', [5000]],
  ['a hard link to a lower file', `${file}\nRUN ln /f /g`, [5000, 5000]],
  ['mode of a lower file', `${file}\nRUN chmod 600 /f`, [5000, 5000]],
  ['owner of a lower file, as it was', `${file}\nRUN chown 0:0 /f`, [5000, 5000]],
  ['times of a lower file', `${file}\nRUN touch /f`, [5000, 5000]],
  ['a lower file moved', `${file}\nRUN mv /f /g`, [5000, 5000]],
  ['a lower file deleted', `${file}\nRUN rm /f`, [5000, 0]],
  ['a lower folder deleted', 'RUN mkdir /q; head -c 5000 /dev/zero >/q/f\nRUN rm -r /q', [5000, 0]],
  ['a byte added to a lower file', `${file}\nRUN echo >>/f`, [5000, 5001]],
  ['a lower file written again', `${file}\n${file}`, [5000, 5000]],
  ['a file made and deleted', 'RUN head -c 5000 /dev/zero >/f; rm /f', [0]],
  ['files outside of the layer', 'RUN head -c 5000 /dev/zero >/tmp/f; head -c 5000 /dev/zero >/dev/shm/f', [5000]],
  ['folders', 'RUN mkdir /d1 /d2 /d3', [0]],
  ['a cache mount', 'RUN --mount=type=cache,target=/newc head -c 5000 /dev/zero >/newc/f', [0]],
  ['a file in a folder that is there', 'RUN mkdir /e\nRUN head -c 100 /dev/zero >/e/q', [0, 100]],
  ['a copy with another owner', 'COPY d /d\nRUN chown -R 1:1 /d', [570, 570]],
  ['a file of a copied folder deleted', 'COPY d /d\nRUN rm /d/one', [570, 0]],
  ['mode of one file of a copied folder', 'COPY d /d\nRUN chmod 600 /d/two', [570, 70]],
  ['a pattern', 'COPY d /d\nRUN rm -rf /d/*', [570, 0]],
  ['a copied folder copied', 'COPY d /d\nRUN cp -r /d /e', [570, 570]],
  ['a file of a bind mount copied', 'RUN --mount=type=bind,source=d,target=/m cp /m/one /kept', [500]],
];

describe('layers of RUN', () => {
  for (const [name, text, expected] of measured) {
    it(name, () => {
      const steps = layerSteps(report(text));
      assert.deepEqual(
        steps.map((step) => step.size.bytes),
        expected,
      );
      assert.deepEqual(
        steps.map((step) => step.size.high),
        expected,
      );
    });
  }

  it('another text of a script in a heredoc is another layer', () => {
    const of = (count: number) =>
      layerSteps(report(`RUN <<E\n#!/bin/sh\nhead -c ${count} /dev/zero >/f\nE`)).map((step) => step.size.bytes);
    assert.deepEqual([of(10), of(20)], [[10], [20]]);
  });

  it('what may not run widens the range', () => {
    const [step] = layerSteps(
      report('ARG X\nRUN if [ -n "$(cat /etc/hostname)" ]; then head -c 5000 /dev/zero >/f; fi'),
    );
    assert.deepEqual([step?.size.low, step?.size.high, step?.size.basis], [0, 5000, 'estimated']);
  });

  it('a command that is not understood leaves the known part', () => {
    const [step] = layerSteps(report('RUN head -c 5000 /dev/zero >/f && frobnicate'));
    assert.deepEqual([step?.size.bytes, step?.size.known, step?.size.basis], [null, 5000, 'unknown']);
    assert.deepEqual(step?.size.evidence.slice(0, 1), ['What frobnicate writes is known once the engine has run it.']);
  });
});

describe('what later layers hide', () => {
  it('names the line that put it there and the line that hides it, path by path', () => {
    const [copy, own, removed] = layerSteps(report('COPY d /d\nRUN chown -R 1:1 /d\nRUN rm /d/one'));
    assert.deepEqual(copy?.wastedBy, [
      { path: '/d', bytes: 570, low: 570, high: 570, line: 2, hiddenBy: 3, how: 'replaced' },
    ]);
    assert.deepEqual(own?.wastedBy, [
      { path: '/d/one', bytes: 500, low: 500, high: 500, line: 3, hiddenBy: 4, how: 'deleted' },
    ]);
    assert.equal(removed?.wasted, undefined);
  });

  it('says it in a diagnostic with the bytes', () => {
    const found = report('RUN head -c 5000000 /dev/zero >/f\nRUN rm /f').findings.map(({ code, message }) => [
      code,
      message,
    ]);
    assert.deepEqual(found, [
      [
        'deleted-later',
        '5 MB of this layer is deleted in line 3 and stays in the image all the same. Delete it in the step that writes it, or do not write it.',
      ],
    ]);
  });

  /** Efficiency and wasted bytes as dive 0.13 counts them: filetree/efficiency.go over the layers' tar files. */
  const dive: readonly (readonly [string, string, number, number, number])[] = [
    // text; hidden; dive's wasted; discovered and minimum of dive's score
    ['nothing hidden', file, 0, 0, 1],
    ['a file twice', `${file}\n${file}`, 5000, 10_000, 5000 / 10_000],
    ['a smaller file over it', `${file}\nRUN head -c 60 /dev/zero >/f`, 5000, 5060, 60 / 5060],
    ['a file deleted', `${file}\nRUN head -c 100 /dev/zero >/g && rm /f`, 5000, 5000, 100 / 5100],
    // One whiteout stands for the folder: its bytes are counted once more, and nothing is taken away.
    ['a folder deleted', 'RUN mkdir /q; head -c 5000 /dev/zero >/q/f\nRUN rm -r /q', 5000, 0, 1],
  ];
  for (const [name, text, hidden, wasted, score] of dive) {
    it(`is counted as dive counts it: ${name}`, () => {
      const { image } = reportOf({ text: `FROM scratch\n${text}\n` });
      assert.equal(image.wasted.bytes, hidden);
      assert.equal(image.dive?.wasted.bytes, wasted);
      assert.equal(image.efficiency, score);
    });
  }
});
