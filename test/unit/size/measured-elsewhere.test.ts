/** The same command measured in another build. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ImageFacts } from '../../../server/src/images/types';
import { measuredElsewhere } from '../../../server/src/size/measured-elsewhere';
import type { EngineFacts } from '../../../server/src/size/types';

const command = 'RUN /bin/sh -c make install # buildkit';
const bottom = (moment: string, release = 'bookworm') => `# debian.sh --arch 'amd64' out/ '${release}' '@${moment}'`;

function base(kind: 'engine' | 'shipped' = 'engine'): ImageFacts {
  return {
    reference: 'debian:bookworm',
    layers: [{ createdBy: bottom('1700000000'), size: 100 }],
    source: { kind, label: 'Docker' },
  };
}

function engine(images: readonly (readonly [string, string, number, string])[]): EngineFacts {
  return {
    state: 'ready',
    label: 'Docker',
    sizeUnit: 'content',
    cacheRecords: [],
    images: images.map(([label, first, size, createdAt]) => ({
      label,
      id: label,
      createdAt,
      entries: [
        { createdBy: first, size: 100, emptyLayer: false },
        { createdBy: 'ENV A=1', size: 0, emptyLayer: true },
        { createdBy: command, size, emptyLayer: false },
      ],
    })),
  };
}

describe('the same command in another build', () => {
  it('counts on the same release, whenever its base was made; the newest tells the figure', () => {
    const found = measuredElsewhere(
      command,
      base(),
      engine([
        ['old', bottom('1600000000'), 900, '2025-01-01'],
        ['new', bottom('1800000000'), 1000, '2026-01-01'],
        ['other', bottom('1800000000', 'trixie'), 5000, '2026-02-01'],
      ]),
    );
    assert.deepEqual(found, { bytes: 1000, low: 900, high: 1000, label: 'new', images: 2 });
  });

  it('does not count where the base is not the engine’s, the text differs, or blocks are counted', () => {
    const facts = engine([['new', bottom('1'), 1000, '2026-01-01']]);
    assert.equal(measuredElsewhere(command, base('shipped'), facts), undefined);
    assert.equal(measuredElsewhere(`${command} `, base(), facts), undefined);
    assert.equal(measuredElsewhere(command, undefined, facts), undefined);
    if (facts.state !== 'ready') assert.fail();
    assert.equal(measuredElsewhere(command, base(), { ...facts, sizeUnit: 'blocks' }), undefined);
  });
});
