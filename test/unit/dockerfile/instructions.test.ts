// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell references, not template strings
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { csvFields } from '../../../server/src/dockerfile/mount';
import { parse, sentences, show, single, singleOf } from './sample';

test('keywords in any letter case', () => {
  assert.equal(single('rUn a').keyword, 'RUN');
});

test('FROM with platform and name', () => {
  const [from] = parse('FROM --platform=$P  image:1  aS Base').instructions;
  assert.equal(from?.keyword, 'FROM');
  if (from?.keyword !== 'FROM') return;
  assert.equal(from.image.text, 'image:1');
  assert.equal(from.platform?.value, '$P');
  assert.equal(from.name?.text, 'Base');
  assert.equal(show(from.name?.range ?? from.range), '0:32-0:36');
});

test('RUN, CMD and ENTRYPOINT in both forms', () => {
  const exec = singleOf('CMD', 'CMD [ "a", "b\\u0020\\"c" ] ').command;
  assert.deepEqual(exec.form === 'exec' && exec.arguments, ['a', 'b "c']);
  for (const script of ["['a']", '["a"', '["a",]', '[a]', '["a"] && b', 'a "$B" \\c', '{"a": 1}']) {
    const { command } = singleOf('ENTRYPOINT', `ENTRYPOINT ${script}`);
    assert.equal(command.form === 'shell' && command.script, script);
  }
  const empty = singleOf('CMD', 'CMD []').command;
  assert.deepEqual(empty.form === 'exec' && empty.arguments, []);
});

test('COPY in the JSON form keeps blanks and knows where each path is', () => {
  const copy = singleOf('COPY', 'COPY ["a b", "c\\"d", "/to/"]');
  assert.equal(copy.form, 'exec');
  assert.deepEqual(
    copy.sources.map((source) => source.kind === 'word' && [source.word.text, show(source.word.range)]),
    [
      ['a b', '1:7-1:10'],
      ['c"d', '1:14-1:18'],
    ],
  );
  assert.equal(show(copy.destination.range), '1:22-1:26');
});

test('quotes mean nothing in the plain form of COPY', () => {
  const copy = singleOf('COPY', 'COPY "a b" /to/');
  assert.deepEqual(
    copy.sources.map((source) => source.kind === 'word' && source.word.text),
    ['"a', 'b"'],
  );
});

test('ENV, LABEL and ARG pairs keep quotes and escapes', () => {
  const env = singleOf('ENV', `ENV A=1 B="two words" C='it''s' D=a\\ b E= F==`);
  assert.deepEqual(
    env.pairs.map((pair) => [pair.name.text, pair.value?.text]),
    [
      ['A', '1'],
      ['B', '"two words"'],
      ['C', "'it''s'"],
      ['D', 'a\\ b'],
      ['E', ''],
      ['F', '='],
    ],
  );
  assert.equal(show(env.pairs[1]?.value?.range ?? env.range), '1:10-1:21');
  const arg = singleOf('ARG', 'ARG A B=1');
  assert.deepEqual(
    arg.pairs.map((pair) => [pair.name.text, pair.value?.text]),
    [
      ['A', undefined],
      ['B', '1'],
    ],
  );
});

test('the old form takes the rest of the line', () => {
  const env = singleOf('ENV', 'ENV  NAME \t the rest = "of it" ');
  assert.equal(env.oldForm, true);
  assert.deepEqual(
    env.pairs.map((pair) => [pair.name.text, pair.value?.text]),
    [['NAME', 'the rest = "of it"']],
  );
});

test('WORKDIR, USER, STOPSIGNAL and MAINTAINER are one word; EXPOSE and VOLUME several', () => {
  assert.deepEqual(
    singleOf('WORKDIR', 'WORKDIR /a  b').words.map((word) => word.text),
    ['/a  b'],
  );
  assert.deepEqual(
    singleOf('EXPOSE', 'EXPOSE 80  443/udp').words.map((word) => word.text),
    ['80', '443/udp'],
  );
  assert.deepEqual(
    singleOf('VOLUME', 'VOLUME ["/a", " /b "]').words.map((word) => word.text),
    ['/a', '/b'],
  );
  assert.deepEqual(
    singleOf('VOLUME', 'VOLUME /a /b').words.map((word) => word.text),
    ['/a', '/b'],
  );
});

test('HEALTHCHECK', () => {
  assert.equal(singleOf('HEALTHCHECK', 'HEALTHCHECK none').command, undefined);
  const shell = singleOf('HEALTHCHECK', 'HEALTHCHECK --retries=2 CMD  curl -f x').command;
  assert.equal(shell?.form === 'shell' && shell.script, 'curl -f x');
  const exec = singleOf('HEALTHCHECK', 'HEALTHCHECK cmd ["curl", "x"]').command;
  assert.deepEqual(exec?.form === 'exec' && exec.arguments, ['curl', 'x']);
});

test('ONBUILD holds the instruction it triggers', () => {
  const onbuild = singleOf('ONBUILD', 'ONBUILD  copy --from=b x \\', '  /to/');
  assert.equal(onbuild.trigger.keyword, 'COPY');
  assert.equal(onbuild.trigger.original, 'copy --from=b x   /to/');
  assert.equal(show(onbuild.trigger.range), '1:9-2:6');
  assert.equal(onbuild.trigger.flags[0]?.value, 'b');
  assert.equal(onbuild.flags.length, 0);
});

test('mounts', () => {
  const run = singleOf('RUN', 'RUN --mount=target=/a,RO --mount=TYPE=Cache,id=x,target=/c --network=none make');
  assert.deepEqual(
    run.mounts.map(({ type, options }) => [type, options]),
    [
      ['bind', [{ key: 'target', value: '/a' }, { key: 'ro' }]],
      [
        'cache',
        [
          { key: 'type', value: 'Cache' },
          { key: 'id', value: 'x' },
          { key: 'target', value: '/c' },
        ],
      ],
    ],
  );
});

const fields: readonly (readonly [text: string, fields: readonly string[] | undefined])[] = [
  ['a,b=c', ['a', 'b=c']],
  ['a,', ['a', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b"', ['a"b']],
  ['a"b', undefined],
  ['"a"b', undefined],
  ['"a', undefined],
];
for (const [text, expected] of fields) {
  test(`fields of ${text}`, () => assert.deepEqual(csvFields(text), expected));
}

/** Lines after `FROM a`, what is said, and whether the instruction is still understood. */
const wrong: readonly (readonly [line: string, sentence: string, understood?: 'understood'])[] = [
  ['RUUN a', 'error 2: RUUN is no Dockerfile instruction. Did you mean RUN?'],
  [
    'apt-get install x',
    'error 2: APT-GET is no Dockerfile instruction; if it continues the line above, end that line with \\.',
  ],
  ['FROM', 'error 2: FROM needs an image: write FROM IMAGE or FROM IMAGE AS NAME.'],
  ['FROM b AS', 'error 2: FROM takes an image, or an image and a stage name: write FROM IMAGE AS NAME.', 'understood'],
  [
    'FROM b as c d',
    'error 2: FROM takes an image, or an image and a stage name: write FROM IMAGE AS NAME.',
    'understood',
  ],
  [
    'FROM b is c',
    'error 2: FROM takes an image, or an image and a stage name: write FROM IMAGE AS NAME.',
    'understood',
  ],
  [
    'FROM b AS 1c',
    'error 2: 1c is no valid stage name: start with a letter, then use letters, digits, -, _ and . only.',
    'understood',
  ],
  ['RUN', 'warning 2: RUN names no command.', 'understood'],
  ['RUN ["a", 1]', 'error 2: Every element of the array after RUN must be a string in double quotes.'],
  ['COPY ["a", null]', 'error 2: Every element of the array after COPY must be a string in double quotes.'],
  ['SHELL /bin/bash -c', 'error 2: SHELL needs a JSON array: write SHELL ["executable", "argument"].'],
  ['SHELL []', 'error 2: SHELL needs a JSON array: write SHELL ["executable", "argument"].'],
  ['COPY a', 'error 2: COPY needs a source and a destination: write COPY SOURCE DESTINATION.'],
  ['ADD', 'error 2: ADD needs a source and a destination: write ADD SOURCE DESTINATION.'],
  ['COPY --from=$A a b', '--from takes no variables', 'understood'],
  ['COPY a <<X', 'COPY cannot take a heredoc as its destination'],
  ['ENV', 'error 2: ENV needs a pair: write ENV NAME=VALUE.'],
  ['ENV A', 'error 2: ENV needs a value: write ENV A=VALUE.'],
  ['ENV A=1 B', 'error 2: B has no =. Write ENV NAME=VALUE, with quotes around a value that has blanks.', 'understood'],
  ['LABEL =1', 'error 2: LABEL needs a name before =.'],
  ['ARG', 'error 2: ARG needs a name: write ARG NAME or ARG NAME=VALUE.'],
  ['ARG =1', 'error 2: ARG needs a name before =.'],
  ['WORKDIR', 'error 2: WORKDIR needs an argument.'],
  ['EXPOSE', 'error 2: EXPOSE needs at least one argument.'],
  ['VOLUME []', 'error 2: VOLUME needs at least one argument.'],
  ['VOLUME [""]', 'error 2: VOLUME cannot take an empty path; remove it.'],
  ['HEALTHCHECK', 'error 2: HEALTHCHECK needs CMD and a command, or NONE.'],
  ['HEALTHCHECK CMD', 'error 2: Write a command after HEALTHCHECK CMD.'],
  ['HEALTHCHECK NONE a', 'error 2: HEALTHCHECK NONE takes no arguments.', 'understood'],
  ['HEALTHCHECK curl x', 'error 2: HEALTHCHECK takes CMD and a command, or NONE, not curl.'],
  ['HEALTHCHECK --interval=5 CMD a', 'error 2: --interval takes a time such as 30s or 1m30s, not 5.', 'understood'],
  ['HEALTHCHECK --retries=-1 CMD a', 'error 2: --retries takes a number of 0 or more, not -1.', 'understood'],
  ['ONBUILD', 'error 2: ONBUILD needs an instruction: write ONBUILD RUN COMMAND, for example.'],
  ['ONBUILD ONBUILD RUN a', 'error 2: ONBUILD cannot be used after ONBUILD.'],
  ['ONBUILD FROM b', 'error 2: FROM cannot be used after ONBUILD.'],
  ['ONBUILD maintainer b', 'error 2: MAINTAINER cannot be used after ONBUILD.'],
  ['ONBUILD COPY a', 'warning 2: COPY needs a source and a destination: write COPY SOURCE DESTINATION.', 'understood'],
  ['ONBUILD ENV A', 'error 2: ENV needs a value: write ENV A=VALUE.', 'understood'],
  [
    'RUN --mount=type=cash,target=/a b',
    'error 2: cash is no mount type; use one of bind, cache, tmpfs, secret, ssh.',
    'understood',
  ],
  ['RUN --mount=type=cache,traget=/a b', 'error 2: A mount has no option traget. Did you mean target?', 'understood'],
  [
    'RUN --mount=type=cache,target b',
    'error 2: The mount option target needs a value: write target=VALUE.',
    'understood',
  ],
  [
    'RUN --mount=type=cache b',
    'warning 2: The mount names no target, so it covers the working directory; write target=PATH.',
    'understood',
  ],
  [
    'RUN --mount=type=bind,target=/a,sharing=locked b',
    'error 2: A mount of type bind takes no sharing; remove it.',
    'understood',
  ],
  ['RUN --mount=type=secret b', 'error 2: A secret mount needs an id: write id=NAME.', 'understood'],
  ['RUN --mount=from=$A,target=/a b', 'The mount option from takes no variables', 'understood'],
  [
    'RUN --mount=type=cache,target=/a,uid=me b',
    'error 2: me is no valid value for the mount option uid.',
    'understood',
  ],
];

for (const [line, sentence, understood] of wrong) {
  test(`wrong: ${line}`, () => {
    const said = sentences(parse('FROM a', line, ...(line.includes('<<X') ? ['X'] : [])));
    assert.equal(said.length > 0 && said.some((one) => one.includes(sentence)), true, said.join('\n'));
    const instruction = parse('FROM a', line).instructions[1];
    assert.equal(instruction?.keyword !== 'INVALID', understood === 'understood');
  });
}

const right = [
  'RUN --mount=type=$T,target=$X true',
  'RUN --mount=type=secret,id=x,env=TOKEN,required true',
  'RUN --mount=type=ssh true',
  'RUN --mount=type=tmpfs,size=1g,dst=/a true',
  'ONBUILD RUN a',
  'ENV A=$B C=${D:-"x y"}',
  'FROM ${A:-b} AS c.d-e_1',
  'ARG A A A',
  'EXPOSE 80-90/tcp',
  'COPY a b c d',
];
for (const line of right) {
  test(`right: ${line}`, () => assert.deepEqual(sentences(parse('FROM a', line)), []));
}

test('the file as a whole', () => {
  assert.deepEqual(sentences(parse('')), ['error 1: The file has no instructions; begin with FROM IMAGE.']);
  assert.deepEqual(sentences(parse('# only', '')), ['error 1: The file has no instructions; begin with FROM IMAGE.']);
  assert.deepEqual(sentences(parse('ARG A')), [
    'error 1: The file has no FROM, so there is nothing to build; add FROM IMAGE.',
  ]);
  assert.deepEqual(sentences(parse('ARG A', 'RUN b', 'FROM c')), [
    'error 2: RUN stands before the first FROM, where only ARG is allowed; write FROM IMAGE above it.',
  ]);
});

test('what stands around a wrong line still counts', () => {
  const file = parse('FROM a', 'COPPY x', 'RUN b');
  assert.deepEqual(
    file.instructions.map((instruction) => instruction.keyword),
    ['FROM', 'INVALID', 'RUN'],
  );
  assert.deepEqual(
    file.instructions.map((instruction) => instruction.index),
    [0, 1, 2],
  );
});

test('a comment between a lone escape and the keyword stands outside the instruction', () => {
  const file = parse('\\\n# x\nONBUILD RUN a \\\n# y\n b');
  assert.deepEqual(
    file.comments.map(({ start }) => start.line),
    [1],
  );
  const [instruction] = file.instructions;
  assert.ok(instruction?.keyword === 'ONBUILD');
  assert.deepEqual(
    instruction.comments.map(({ start }) => start.line),
    [3],
  );
  assert.deepEqual(
    instruction.trigger.comments.map(({ start }) => start.line),
    [3],
  );
});
