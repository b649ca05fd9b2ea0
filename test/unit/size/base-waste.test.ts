/** Files of the base image that later layers write again. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { reportOf } from '../report/scenario';

it('counts a file of the base once, whoever writes it again, and not in an empty base', () => {
  const wasted = (text: string) => reportOf({ text }).image.wasted;
  const once = wasted('FROM debian:bookworm-slim\nRUN useradd app\n');
  assert.ok((once.bytes ?? 0) >= 839, 'etc/passwd of the base');
  assert.deepEqual(once.evidence, ['Some files of the base image are written again.']);
  const twice = wasted(
    'FROM debian:bookworm-slim\nRUN echo a > /etc/hostname.new\nRUN echo > /etc/motd\nRUN echo > /etc/motd\n',
  );
  assert.equal(twice.bytes, 286 + 1);
  assert.equal(wasted('FROM scratch\nRUN echo > /etc/motd\n').bytes, 0);
});
