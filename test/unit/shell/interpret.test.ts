import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ExecuteOperation } from '../../../server/src/build/types';
import { interpret } from '../../../server/src/shell/interpret';
import { fillMarks } from '../../../server/src/shell/stand-in';
import type { RunScript } from '../../../server/src/shell/types';

interface Setting {
  readonly shell?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  readonly user?: string;
  readonly platform?: string;
}

function read(script: string, setting: Setting = {}): RunScript {
  const shell = setting.shell ?? ['/bin/sh', '-c'];
  const operation: ExecuteOperation = {
    kind: 'execute',
    arguments: [...shell, script],
    command: { form: 'shell', script },
    mounts: [],
    network: 'default',
    security: 'sandbox',
    inlineFiles: [],
  };
  return run(operation, setting);
}

function run(operation: ExecuteOperation, setting: Setting): RunScript {
  const state = {
    environment: Object.entries(setting.environment ?? {}).map(([name, value]) => ({ name, value })),
    buildArguments: [],
    workdir: '/app',
    user: setting.user ?? '',
    shell: ['/bin/sh', '-c'],
  };
  return interpret(operation, state, {
    platform: setting.platform ?? 'linux/amd64',
    readText: (path) => (setting.files && Object.hasOwn(setting.files, path) ? setting.files[path] : undefined),
    exists: (path) => {
      if (setting.files && Object.hasOwn(setting.files, path)) return true;
      return setting.absent?.includes(path) ? false : undefined;
    },
  });
}

/** `? /dir: name words > file`, one line a command; unknown pieces are `…`, patterns have `*` as written. */
function shown(script: RunScript): readonly string[] {
  return script.commands.map((command) => {
    const words = command.words.map((word) => fillMarks(word.value ?? word.standIn ?? '', '…'));
    const redirections = command.redirections.map(
      (part) =>
        `${part.descriptor ?? ''}${part.operator}${part.input === undefined ? (part.target?.value ?? '…') : JSON.stringify(part.input)}`,
    );
    const mark = { runs: '', 'may run': '? ', repeats: '* ' }[command.occurrence];
    const place = command.directory === '/app' ? '' : `${fillMarks(command.directory ?? '?', '…')}: `;
    return `${mark}${place}${[command.name ?? '<unknown>', ...words, ...redirections].join(' ')}`;
  });
}

const bash = ['/bin/bash', '-o', 'pipefail', '-c'];

const cases: readonly (readonly [name: string, script: string, expected: readonly string[], setting?: Setting])[] = [
  ['a chain runs', 'a && b -x; c', ['a', 'b -x', 'c']],
  ['a pattern stays one word', 'rm -rf /var/lib/apt/lists/*', ['rm -rf /var/lib/apt/lists/*']],
  [
    'variables inside the brackets of a pattern',
    'pip install tool[$X]==1 tool[${X}] tool[${Y}]',
    ['pip install tool[a,b]==1 tool[a,b] tool[…]'],
    { environment: { X: 'a,b' } },
  ],
  ['quotes', `echo 'a b' "c $X" d\\ e`, ['echo a b c 1 d e'], { environment: { X: '1' } }],
  ['field splitting', 'apt-get install $P', ['apt-get install a b c'], { environment: { P: ' a b  c' } }],
  ['braces with bash', 'mkdir -p /a/{b,c}/{1..2}', ['mkdir -p /a/b/1 /a/b/2 /a/c/1 /a/c/2'], { shell: bash }],
  ['no braces with sh', 'mkdir /a/{b,c}', ['mkdir /a/{b,c}']],
  ['behind || may run', 'a || b', ['a', '? b']],
  ['|| true', 'a || :', ['a', '? :']],
  ['|| exit 1 never runs', 'a || { echo no; exit 1; }; b', ['a', 'b']],
  ['a failing branch is not taken', 'if ! a; then exit 1; fi; b', ['a', 'b']],
  ['an unknown if', 'if grep -q x f; then a; else b; fi; c', ['grep -q x f', '? a', '? b', 'c']],
  ['a known if', 'if [ "$X" = 1 ]; then a; else b; fi', ['[ 1 = 1 ]', 'a'], { environment: { X: '1' } }],
  ['a test at the end of a chain must hold', '[ -f /x ] && a', ['[ -f /x ]', 'a']],
  ['a test in the middle need not', '[ -f /x ] && a; b', ['[ -f /x ]', '? a', 'b']],
  [
    'which lock file there is',
    'if [ -f yarn.lock ]; then yarn; elif [ -f package-lock.json ]; then npm ci; else exit 1; fi',
    ['[ -f yarn.lock ]', '[ -f package-lock.json ]', 'npm ci'],
    { files: { '/app/package-lock.json': '{}' }, absent: ['/app/yarn.lock'] },
  ],
  ['case by platform', 'case "$(dpkg --print-architecture)" in amd64) a;; arm64) b;; *) exit 1;; esac', ['a']],
  [
    'case by another platform',
    'case "$(uname -m)" in x86_64) a;; aarch64) b;; esac',
    ['b'],
    { platform: 'linux/arm64' },
  ],
  ['an unknown case', 'case "$(cat /x)" in 1) a;; 2) b;; *) exit 1;; esac', ['cat /x', '? a', '? b']],
  ['a loop over known words', 'for i in 1 2; do a $i; done', ['a 1', 'a 2']],
  ['a loop over unknown words', 'for f in *.sh; do a "$f"; done; b', ['* a …', 'b']],
  ['tries until it works', 'for i in 1 2 3; do a && break || sleep 5; done; b', ['a', 'b']],
  ['while', 'while ! a; do b; done; c', ['a', '* b', 'c']],
  [
    'lines of a known text',
    'while read -r x; do a $x; done < list',
    ['a 1', 'a 2'],
    { files: { '/app/list': '1\n2\n' } },
  ],
  ['functions', 'f() { a "$1"; shift; b "$@"; }; f 1 2 3', ['a 1', 'b 2 3']],
  ['a function that returns', 'f() { return 0; a; }; f; b', ['b']],
  ['recursion ends', 'f() { a; f; }; f', []],
  ['cd', 'cd /x && a; cd y; b; cd -; c', ['cd /x', '/x: a', '/x: cd y', '/x/y: b', '/x/y: cd -', '/x: c']],
  ['cd that may be', 'if x; then cd /y; fi; a', ['x', '? cd /y', '?: a']],
  ['a subshell keeps its folder to itself', '(cd /x; a); b', ['cd /x', '/x: a', 'b']],
  ['an exported variable', 'export A=1; B=$A; a $B', ['export A=1', 'a 1']],
  ['defaults', 'a ${X:-1} ${Y-2} ${Z:+3} $W', ['a 1 2 3 …'], { environment: { Z: 'z' } }],
  [
    'removal',
    'a ${X%.*} ${X##*/} ${#X} ${X/b/c} ${X:1:2}',
    ['a /a/b b.x 6 /a/c.x a/'],
    { environment: { X: '/a/b.x' } },
  ],
  ['arithmetic', 'a $((1 + X * 2))', ['a 7'], { environment: { X: '3' } }],
  ['what other commands print', 'a $(echo 1.2.3 | cut -d. -f1-2) $(basename /x/y.z .z)', ['a 1.2 y']],
  ['an unknown output', 'a $(curl x)', ['curl x', 'a …']],
  ['a text of the context', 'a $(cat v)', ['a 3'], { files: { '/app/v': '3\n' } }],
  [
    'xargs',
    `grep -v '^#' l | xargs apt-get install -y`,
    [`grep -v ^# l`, 'apt-get install -y a b'],
    { files: { '/app/l': '#\na\nb\n' } },
  ],
  ['xargs of the unknown', 'find . | xargs rm -rf', ['find .', 'rm -rf …']],
  ['programs that run programs', 'sudo -E env A=1 nice -n 5 timeout 10 a b', ['a b']],
  ['su', 'su - node -c "a b"', ['/home/node: a b']],
  ['sh -c', `sh -c 'a; b' && bash -ec "c"`, ['a', 'b', 'c']],
  [
    'a script of the context',
    './x.sh 1 && sh x.sh 2',
    ['a 1', 'a 2'],
    { files: { '/app/x.sh': '#!/bin/sh\na "$1"\n' } },
  ],
  ['a script of another language', './x.py', ['x.py'], { files: { '/app/x.py': '#!/usr/bin/env python3\nprint()\n' } }],
  ['a sourced script', '. ./x.sh; a $V', ['a 1'], { files: { '/app/x.sh': 'V=1\n' } }],
  ['a script that calls itself ends', './x.sh', [], { files: { '/app/x.sh': '#!/bin/sh\n./x.sh; ./x.sh\n' } }],
  ['a script that the step writes', `echo 'a 1' > x.sh; sh x.sh`, ['echo a 1 >x.sh', 'a 1']],
  ['a here-document', 'cat > x <<EOF\n$A\nEOF', ['cat >x <<"1\\n"'], { environment: { A: '1' } }],
  ['a group writes one file', '{ echo a; echo b; } > f', ['echo a >f', 'echo b >>f']],
  ['eval of a known text', `eval "a 'b c'"`, ['a b c']],
  ['exec', 'exec a; b', ['a']],
  ['exit ends', 'a; exit 0; b', ['a']],
  ['an exit that may be', 'if x; then exit 0; fi; b', ['x', '? b']],
  ['arrays', 'p=(a b); p+=(c); x "${p[@]}"', ['x a b c'], { shell: bash }],
  ['[[ ]]', '[[ $X == v* && -n $X ]] && a; b', ['a', 'b'], { shell: bash, environment: { X: 'v1' } }],
  ['a program that a variable names', '$X a; b', ['<unknown> a', 'b']],
  ['conda run', 'a', ['a'], { shell: ['conda', 'run', '-n', 'x', '/bin/bash', '-c'] }],
];

describe('interpret', () => {
  for (const [name, script, expected, setting] of cases) {
    test(name, () => {
      const lines = shown(read(script, setting));
      if (expected.length > 0) assert.deepEqual(lines, expected);
    });
  }

  test('pipes tell what feeds a command', () => {
    const { commands } = read('curl -sL x | tar -xz -C /opt');
    assert.equal(commands[0]?.pipe?.to, true);
    assert.equal(commands[1]?.pipe?.from, commands[0]);
    assert.equal(commands[1]?.pipe?.to, false);
  });

  test('equal unknown values have equal stand-ins', () => {
    const { commands } = read('V=$(curl x); wget -O /tmp/$V.tgz y; rm /tmp/$V.tgz');
    const [fetch, remove] = [commands.at(-2), commands.at(-1)];
    assert.equal(fetch?.words[1]?.standIn, remove?.words[0]?.standIn);
    assert.match(remove?.words[0]?.standIn ?? '', /^\/tmp\/.+\.tgz$/);
  });

  test('two temporary folders are two', () => {
    const { commands } = read('A=$(mktemp -d); B=$(mktemp -d); rm $A $B');
    const [first, second] = commands.at(-1)?.words ?? [];
    assert.notEqual(first?.standIn, second?.standIn);
  });

  for (const [script, reason] of [
    ['eval "$(curl x)"', /eval/],
    ['sh ./unknown.sh', /unknown\.sh/],
    ['. ./unknown.sh', /unknown\.sh/],
  ] as const) {
    test(`says why not: ${script}`, () => assert.match(read(script).unknown.join('\n'), reason));
  }

  test('settings read into the shell leave nothing behind', () => {
    assert.deepEqual(read('. /opt/venv/bin/activate && eval "$(ssh-agent -s)" && pip install x').unknown, []);
  });

  test('PowerShell is not followed', () => {
    const script = read('Remove-Item x', { shell: ['powershell', '-Command'] });
    assert.deepEqual(script.commands, []);
    assert.equal(script.unknown.length, 1);
  });

  test('the exec form', () => {
    const operation: ExecuteOperation = {
      kind: 'execute',
      arguments: ['apt-get', 'install', '$X'],
      command: { form: 'exec', arguments: ['apt-get', 'install', '$X'] },
      mounts: [],
      network: 'default',
      security: 'sandbox',
      inlineFiles: [],
    };
    assert.deepEqual(shown(run(operation, {})), ['apt-get install $X']);
  });

  test('a heredoc with an interpreter line', () => {
    const operation: ExecuteOperation = {
      kind: 'execute',
      arguments: ['/bin/sh', '-c', '/dev/pipes/EOF'],
      command: { form: 'shell', script: '#!/bin/bash\na {1,2}\n' },
      mounts: [],
      network: 'default',
      security: 'sandbox',
      inlineFiles: [{ name: 'EOF', content: '#!/bin/bash\na {1,2}\n' }],
    };
    assert.deepEqual(shown(run(operation, {})), ['a 1 2']);
  });

  test('places lie in the script', () => {
    const script = 'a; if x; then sh -c "b; c"; fi';
    for (const command of read(script).commands) {
      assert.ok(command.start >= 0 && command.start <= command.end && command.end <= script.length);
    }
    assert.equal(read(script).commands.map((command) => script.slice(command.start, command.end))[0], 'a');
  });

  test('the same question has the identical answer', () => {
    assert.equal(read('a; b'), read('a; b'));
    const files = { '/app/x.sh': 'a' };
    assert.notEqual(read('sh x.sh', { files }), read('sh x.sh', { files: { '/app/x.sh': 'b' } }));
  });

  test('a file that is being read is named', () => {
    const operation: ExecuteOperation = {
      kind: 'execute',
      arguments: ['/bin/sh', '-c', 'sh x.sh'],
      command: { form: 'shell', script: 'sh x.sh' },
      mounts: [],
      network: 'default',
      security: 'sandbox',
      inlineFiles: [],
    };
    const state = { environment: [], buildArguments: [], workdir: '/', user: '', shell: [] };
    const script = interpret(operation, state, { platform: 'linux/amd64', readText: () => 'pending' });
    assert.deepEqual(script.pending, ['/x.sh']);
  });

  test('hostile scripts end', () => {
    const nested = `${'for i in 1 2 3 4 5 6 7 8 9; do '.repeat(12)}a${'; done'.repeat(12)}`;
    const deep = `${'$('.repeat(2_000)}a${')'.repeat(2_000)}`;
    const growing = `X=aaaaaaaaaaaaaaaa; ${'X=$X$X;'.repeat(60)} echo $X`;
    const loops = `${'while x; do '.repeat(30)}a${'; done'.repeat(30)}`;
    const cases = `${'if x; then a; else '.repeat(25)}b${'; fi'.repeat(25)}`;
    for (const script of [
      nested,
      deep,
      growing,
      loops,
      cases,
      '('.repeat(50_000),
      '{'.repeat(50_000),
      'a|'.repeat(20_000),
    ]) {
      assert.ok(read(script).commands.length <= 3_100);
    }
  });

  test('never throws', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      ';',
      '&&',
      '||',
      '|',
      '$X',
      '${X%.*}',
      '$(',
      ')',
      '`',
      '"',
      "'",
      '\\',
      '\n',
      'if ',
      'then ',
      'fi',
      'for i in ',
      'do ',
      'done',
      'case x in ',
      'esac',
      '{ ',
      '}',
      '(',
      '<<EOF',
      'EOF',
      '>f',
      '[ -f x ]',
      '[[ ',
      ']]',
      'xargs ',
      'sh -c ',
      'eval ',
      'cd ',
      'set -e',
      '{a,b}',
      '~',
      '*',
      '\uE000',
      'printf %s ',
      'f() ',
      'exit 1',
      'break',
      '$((',
      '))',
      '1',
      '=',
      'echo ',
      '${',
      'read x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        read(pieces.join(''));
        read(pieces.join(' '), { shell: bash });
      }),
      { numRuns: 400 },
    );
  });
});
