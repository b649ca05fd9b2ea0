import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { dump } from '../../corpus/buildkit-dump';

const cases: readonly (readonly [string, string])[] = [
  ['FROM a AS b\nRUN echo "x"', '(from "a" "AS" "b")\n(run "echo \\"x\\"")\n'],
  [
    'FROM a\nENV A=1 B="2 3"\nENV OLD the rest',
    '(from "a")\n(env "A" "1" "=" "B" "\\"2 3\\"" "=")\n(env "OLD" "the rest" "")\n',
  ],
  ['FROM a\nCOPY --from=x --link ["a b", "c"]', '(from "a")\n(copy ["--from=x" "--link"] "a b" "c")\n'],
  ['FROM a\nONBUILD CMD ["a","\\u00e9"]', '(from "a")\n(onbuild (cmd "a" "é"))\n'],
  [
    'FROM a\nHEALTHCHECK NONE\nHEALTHCHECK --retries=2 CMD x y',
    '(from "a")\n(healthcheck "NONE")\n(healthcheck ["--retries=2"] "CMD" "x y")\n',
  ],
];

for (const [text, expected] of cases) {
  test(JSON.stringify(text), () => assert.equal(dump(parseDockerfile(text)), expected));
}
