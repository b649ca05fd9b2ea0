import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Token, tokenize } from './tokens';

const embedded = 'meta.embedded.block.shellscript';

interface Case {
  readonly name: string;
  readonly text: string;
  /** Line (from 0), a piece of it, and a scope that its token must have. */
  readonly has?: readonly (readonly [number, string, string])[];
  /** The same, for a scope that it must not have. */
  readonly lacks?: readonly (readonly [number, string, string])[];
}

const cases: readonly Case[] = [
  {
    name: 'the text of RUN is shell, its keyword is not',
    text: 'RUN make && echo done\nCOPY a && b',
    has: [
      [0, 'RUN', 'keyword.other.special-method.dockerfile'],
      [0, '&&', 'keyword.operator.shell'],
    ],
    lacks: [
      [0, 'RUN', embedded],
      [1, '&&', embedded],
    ],
  },
  {
    name: 'continuation lines, comments and blank lines inside them belong to the instruction',
    text: 'RUN a \\\n  # why\n\n  && b\nUSER a && b',
    has: [
      [0, '\\', 'constant.character.escape.line-continuation.dockerfile'],
      [1, '#', 'comment.line.number-sign.dockerfile'],
      [3, '&&', 'keyword.operator.shell'],
    ],
    lacks: [[4, '&&', embedded]],
  },
  {
    name: 'blanks after the continuation character',
    text: 'RUN a \\  \n && b',
    has: [[1, '&&', 'keyword.operator.shell']],
  },
  {
    name: 'the body of a RUN heredoc is shell up to the delimiter',
    text: 'RUN <<EOF\nif true; then\n  make && test\nfi\nEOF\nWORKDIR a && b',
    has: [
      [0, 'EOF', 'keyword.control.heredoc-token.dockerfile'],
      [1, 'if', 'keyword.control.shell'],
      [2, '&&', embedded],
      [4, 'EOF', 'keyword.control.heredoc-token.dockerfile'],
    ],
    lacks: [[5, '&&', embedded]],
  },
  {
    name: 'a heredoc after mounts, quoted, with leading tabs removed',
    text: "RUN --mount=type=cache,target=/c <<-'END'\n\tmake && test\n\tEND\nUSER a && b",
    has: [
      [0, '--mount', 'entity.other.attribute-name.flag.dockerfile'],
      [1, '&&', 'keyword.operator.shell'],
      [2, 'END', 'keyword.control.heredoc-token.dockerfile'],
    ],
    lacks: [[3, '&&', embedded]],
  },
  {
    name: 'a heredoc on a continuation line',
    text: 'RUN --network=none \\\n  <<EOF\nmake && test\nEOF\nUSER a && b',
    has: [[2, '&&', 'keyword.operator.shell']],
    lacks: [[4, '&&', embedded]],
  },
  {
    name: 'a heredoc that a command reads is the shell’s own',
    text: 'RUN cat <<EOF >/etc/motd\nwelcome && goodbye\nEOF\nUSER a && b',
    has: [[1, '&&', 'string.unquoted.heredoc.shell']],
    lacks: [[3, '&&', embedded]],
  },
  {
    name: 'the exec form is data',
    text: 'RUN ["make", "&&"]\nRUN --mount=type=tmpfs,target=/t ["make && x"]\nCMD [ "a && b" ]\nENTRYPOINT ["x"]',
    lacks: [
      [0, '&&', embedded],
      [1, 'make', embedded],
      [2, 'a && b', embedded],
    ],
  },
  {
    name: 'CMD, ENTRYPOINT, HEALTHCHECK and ONBUILD RUN in shell form',
    text: [
      'CMD a && b',
      'entrypoint a && b',
      'HEALTHCHECK --interval=5m CMD a && b',
      'ONBUILD RUN a && b',
      'HEALTHCHECK NONE',
    ].join('\n'),
    has: [
      [0, '&&', 'keyword.operator.shell'],
      [1, '&&', 'keyword.operator.shell'],
      [2, '&&', 'keyword.operator.shell'],
      [2, '--interval', 'entity.other.attribute-name.flag.dockerfile'],
      [3, '&&', 'keyword.operator.shell'],
      [3, 'ONBUILD', 'keyword.control.dockerfile'],
    ],
    lacks: [[4, 'NONE', embedded]],
  },
  {
    name: 'HEALTHCHECK with its CMD on the next line',
    text: 'HEALTHCHECK --interval=5m \\\n  CMD a && b',
    has: [[1, '&&', 'keyword.operator.shell']],
  },
  {
    name: 'an unbalanced quote ends at the next instruction',
    text: 'RUN echo "half typed \\\n\nFROM alpine\nRUN a && b',
    has: [
      [2, 'FROM', 'keyword.other.special-method.dockerfile'],
      [3, '&&', 'keyword.operator.shell'],
    ],
    lacks: [[2, 'FROM', 'string.quoted.double.shell']],
  },
  {
    name: 'lines that end in a backtick are PowerShell’s or cmd’s, not a POSIX shell’s',
    text: 'RUN dir "C:\\" `\n  && type x\nUSER a',
    lacks: [
      [0, 'dir', embedded],
      [2, 'USER', embedded],
    ],
  },
];

function find(lines: readonly (readonly Token[])[], line: number, piece: string): Token {
  const token = lines[line]?.find(({ text }) => text.includes(piece));
  assert.ok(token, `line ${line} has no token with ${piece}: ${JSON.stringify(lines[line])}`);
  return token;
}

for (const { name, text, has = [], lacks = [] } of cases) {
  test(name, async () => {
    const lines = await tokenize('source.dockerfile', text);
    for (const [line, piece, scope] of has) {
      const { scopes } = find(lines, line, piece);
      assert.ok(scopes.includes(scope), `line ${line}, ${piece}: ${scopes.join(' ')}`);
    }
    for (const [line, piece, scope] of lacks) {
      const { scopes } = find(lines, line, piece);
      assert.ok(!scopes.includes(scope), `line ${line}, ${piece}: ${scopes.join(' ')}`);
    }
  });
}
