import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { parse, sentences, show, single, singleOf } from './sample';

test('flags are read with quotes and escapes processed', () => {
  const run = singleOf('RUN', `RUN --network="no"'ne' --mount=type=\\c\\ache,target=/a\\ b "--x" y`);
  assert.deepEqual(
    run.flags.map(({ name, value }) => [name, value]),
    [
      ['network', 'none'],
      ['mount', 'type=cache,target=/a b'],
    ],
  );
  assert.equal(show(run.flags[0]?.range ?? run.range), '1:4-1:22');
  assert.equal(show(run.flags[0]?.valueRange ?? run.range), '1:14-1:22');
  assert.equal(run.command.form === 'shell' && run.command.script, '"--x" y');
});

test('two dashes alone end the flags', () => {
  const copy = singleOf('COPY', 'COPY --link -- --from=x /to/');
  assert.deepEqual(
    copy.flags.map((flag) => flag.name),
    ['link'],
  );
  assert.deepEqual(
    copy.sources.map((source) => source.kind === 'word' && source.word.text),
    ['--from=x'],
  );
});

test('a bare flag has no value', () => {
  const flag = singleOf('COPY', 'COPY --link a b').flags[0];
  assert.equal(flag?.value, undefined);
  assert.equal(flag?.valueRange, undefined);
});

const wrong: readonly (readonly [line: string, sentence: string])[] = [
  ['COPY --user=me a b', 'COPY has no flag --user; remove it.'],
  ['COPY --chwon=me a b', 'COPY has no flag --chwon. Did you mean --chown?'],
  ['COPY --from a b', '--from needs a value: write --from=VALUE.'],
  ['COPY --link= a b', '--link needs a value after =, or no = at all.'],
  ['COPY --link=maybe a b', '--link takes true or false, not maybe.'],
  ['COPY --link --link a b', '--link is given twice; remove one.'],
  ['COPY --Link a b', 'COPY has no flag --Link. Did you mean --link?'],
  ['ADD --from=x a b', 'ADD has no flag --from; remove it.'],
  ['CMD --foo bar', 'CMD has no flag --foo; remove it.'],
  ['WORKDIR --x /a', 'WORKDIR has no flag --x; remove it.'],
  ['ONBUILD --x RUN a', 'ONBUILD has no flag --x; remove it.'],
  ['RUN --network=wifi a', 'wifi is no valid value for --network; use one of default, none, host.'],
  ['RUN --constructor a', 'RUN has no flag --constructor; remove it.'],
];

for (const [line, sentence] of wrong) {
  test(line, () => {
    assert.deepEqual(sentences(parse('FROM a', line)), [`error 2: ${sentence}`]);
    assert.notEqual(single(line).keyword, 'INVALID');
  });
}

const right = [
  'COPY --link=TRUE --exclude=a --exclude=b a b',
  'ADD --keep-git-dir=true --checksum=sha256:0 --unpack=false a b',
  'RUN --mount=type=tmpfs,target=/a --mount=type=cache,target=/b a',
  'STOPSIGNAL --ignored 9',
  'ARG --ignored A',
  'HEALTHCHECK --ignored NONE',
  'HEALTHCHECK --interval=1m30s --timeout=.5s --start-period=0 --start-interval=1h --retries=3 CMD a',
];

for (const line of right) {
  test(line, () => assert.deepEqual(sentences(parse('FROM a', line)), []));
}

test('flags that only recent builders know are a warning without a syntax directive', () => {
  assert.equal(sentences(parse('FROM a', 'COPY --parents a b'))[0]?.startsWith('warning 2: Older builders'), true);
  assert.deepEqual(sentences(parse('# syntax=docker/dockerfile:1-labs', 'FROM a', 'COPY --parents a b')), []);
});
