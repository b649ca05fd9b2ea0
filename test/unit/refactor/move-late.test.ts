import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moveLate } from '../../../server/src/refactor/move-late';
import { testFixtures } from './fixtures';
import { refactorContext, type Scenario } from './scenario';

testFixtures(moveLate);

function offers(lines: readonly string[], scenario: Scenario = {}) {
  return moveLate.offer(refactorContext(`${lines.join('\n')}\n`, scenario)).refactorings;
}

describe('an argument stays above what may read it', () => {
  const below = (run: string, before: readonly string[] = []): readonly string[] => [
    'FROM debian:12',
    ...before,
    'ARG GIT_COMMIT=1',
    `RUN apt-get install -y curl && ${run}`,
    'LABEL commit=$GIT_COMMIT',
  ];

  it('moves otherwise', () => {
    assert.equal(offers(below('echo done > /etc/note')).length, 1);
  });

  for (const run of [
    'printenv > /etc/note',
    'env > /etc/note',
    'set > /etc/note',
    'export -p > /etc/note',
    'echo "$(env)" > /etc/note',
    'cat /proc/self/environ > /etc/note',
    'cp /proc/1/environ /etc/note',
  ]) {
    it(run, () => assert.deepEqual(offers(below(run)), []));
  }

  it('a variable that another one names', () => {
    const run = `x=GIT && y=\${x}_COMMIT && echo "\${!y}" > /etc/note`;
    assert.deepEqual(offers(below(run, ['SHELL ["/bin/bash", "-c"]'])), []);
  });

  it('what the builder and what programs read unasked', () => {
    const argument = (name: string): number =>
      offers(['FROM debian:12', `ARG ${name}=1`, 'RUN apt-get install -y curl', 'CMD ["sh"]'], {
        steps: { 3: { differs: name } },
      }).length;
    assert.equal(argument('FLAVOUR'), 1);
    for (const name of [
      'HTTP_PROXY',
      'https_proxy',
      'SOURCE_DATE_EPOCH',
      'BUILDKIT_INLINE_CACHE',
      'TZ',
      'LANG',
      'PATH',
      'LD_PRELOAD',
      'GIT_SSL_NO_VERIFY',
      'APT_CONFIG',
      'DEBIAN_FRONTEND',
    ])
      assert.equal(argument(name), 0, name);
  });

  it('has to be confirmed where what is installed runs scripts', () => {
    for (const run of ['pip install flask', 'npm install -g pnpm', 'gem install rails']) {
      const [offer] = offers(['FROM debian:12', 'ARG VERSION=1', `RUN ${run}`, 'LABEL version=$VERSION']);
      assert.ok(offer?.changesBehaviour, run);
      assert.match(offer.caution ?? '', /VERSION is not in its environment/);
    }
  });
});
