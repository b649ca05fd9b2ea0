import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layersOf } from './run-layers';

const names =
  'rm mv cp ln mkdir touch chown chmod tar unzip gzip install sed truncate dd strip tee cat echo printf find useradd adduser groupadd usermod userdel ' +
  'passwd chpasswd ldconfig locale-gen update-ca-certificates update-alternatives git curl wget gpg openssl nvm php sh xargs rsync docker-php-ext-install pecl head';

const word = fc.constantFrom(
  '-r',
  '-f',
  '-rf',
  '-a',
  '-R',
  '-i',
  '-o',
  '-O',
  '-C',
  '-xzf',
  'xzf',
  '-cf',
  '-t',
  '-d',
  '-s',
  '-u',
  '-m',
  '-c',
  '-e',
  '-exec',
  '{}',
  '+',
  "';'",
  '-name',
  '-delete',
  '-type',
  'f',
  "'*.js'",
  '/',
  '.',
  '..',
  '/etc/passwd',
  '/app',
  'a',
  '*',
  '"$X"',
  '$(x)',
  "''",
  'https://h/x.tgz',
  '--',
  '-',
  '--strip-components=1',
  "'s/a/b/'",
  'bs=1M',
  'count=9999999999',
  'of=/x',
  'if=/dev/zero',
  '> /o',
  '>> /o',
  '2>&1',
  '< /app/in',
  '| tee /t',
  '&& rm -rf /app',
  '1000:1000',
  '+x',
  '--',
  '\\(',
  '\\)',
  '-o',
  '!',
  '-maxdepth',
  '99',
);

test('no command throws or claims less than nothing, whatever its words', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names.split(' ')), fc.array(word, { maxLength: 6 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (commands) => {
        const script = commands.map(([name, words]) => [name, ...words].join(' ')).join('; ');
        for (const { size } of layersOf([script, script], { files: { '/app/in': 'a\nb\n', '/app/a': 'x' } })) {
          assert.ok(size.low >= 0 && (size.high === null || size.high >= size.low), script);
          if (size.bytes !== null) {
            assert.ok(Number.isInteger(size.bytes) && size.bytes >= size.low, `${script} ${JSON.stringify(size)}`);
            assert.ok(size.high === null || size.bytes <= size.high, `${script} ${JSON.stringify(size)}`);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
