import assert from 'node:assert/strict';
import { it } from 'node:test';
import { copyAttributes } from '../../../server/src/refactor/copy-attributes';
import { testFixtures } from './fixtures';
import { refactorContext } from './scenario';

testFixtures(copyAttributes);

it('copy-attributes: a file that goes into a folder is not what the command changes', () => {
  const offers = (...lines: readonly string[]): number =>
    copyAttributes.offer(refactorContext(`FROM debian:12\n${lines.join('\n')}\n`, { files: { 'main.js': '' } }))
      .refactorings.length;
  assert.equal(offers('COPY main.js /usr/local/bin/main', 'RUN chmod 700 /usr/local/bin/main'), 1);
  assert.equal(offers('COPY main.js /usr/local/bin', 'RUN chmod 700 /usr/local/bin'), 0);
  assert.equal(offers('COPY main.js /opt', 'RUN chmod 700 /opt'), 0);
  assert.equal(offers('COPY main.js /etc/nginx', 'RUN chown nginx:nginx /etc/nginx'), 0);
  assert.equal(offers('WORKDIR /app', 'COPY main.js /app', 'RUN chmod 700 /app'), 0);
  assert.equal(offers('RUN mkdir -p "$HOME/srv/app"', 'COPY main.js /srv/app', 'RUN chmod 700 /srv/app'), 0);
});

it('copy-attributes: chown takes the set-user-id bit away, COPY does not', () => {
  const offers = (run: string): number =>
    copyAttributes.offer(
      refactorContext(`FROM debian:12\nCOPY main.js /opt/main\nRUN ${run}\n`, { files: { 'main.js': '' } }),
    ).refactorings.length;
  assert.equal(offers('chown root:root /opt/main && chmod 4755 /opt/main'), 1);
  assert.equal(offers('chmod 4755 /opt/main && chown root:root /opt/main'), 0);
});
