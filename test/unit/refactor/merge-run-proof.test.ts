/**
 * Merging changes nothing that a build can see: scripts of random harmless commands are run as the builder runs them, each RUN in a
 * shell of its own until one fails, before and after merging; exit code, output and files must be the same.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { applyEdits } from '../../../server/src/refactor/apply';
import { mergeRun } from '../../../server/src/refactor/merge-run';
import { refactorContext } from './scenario';

const runs = Number(process.env.MERGE_PROOF_RUNS ?? 100);
const posix = process.platform !== 'win32' && existsSync('/bin/sh');
const folder = posix ? mkdtempSync(join(tmpdir(), 'merge-run-')) : '';
after(() => posix && rmSync(folder, { recursive: true, force: true }));

const tell = 'echo "$x:$y:$Z:${PWD##*/}:$1" >> "$LOG"';
const simple = fc.constantFrom(
  tell,
  tell,
  tell,
  'true',
  'false',
  'mkdir -p d',
  'mkdir e',
  'cd d',
  'cd "$HOME"',
  'touch f',
  'rm -f f',
  'test -e f',
  'x=1',
  'x=2 y=3',
  'y=4 true',
  'export Z=5',
  'unset x',
  'export x',
  'umask 077',
  'touch g',
  'exit 0',
  'exit 3',
  'set -e',
  'set +e',
  'set -x',
  'set -u',
  'set -- a b',
  'trap \'echo bye >> "$LOG"\' EXIT',
  'exec true',
  'exec false',
  '. ./f',
  'eval x=7',
  'echo ${x:=8}',
  'read y < f',
  'echo 1 > f',
  'cat f',
  'echo "a # b"',
  "echo 'c;d'",
  'h() { x=9; cd d; }',
  'h',
  'command cd d',
  ': $((x=5))',
  'ls | wc -l',
  'false | true',
  'true | false',
  '! true',
  '! false',
  'for x in 1 2; do echo $x; done',
  'if false; then true; fi',
  'while false; do true; done',
  '$x',
  'readonly q=1',
  'shift',
  'return 4',
  'echo $(cd d; pwd)',
);
const { list } = fc.letrec<{ list: string; statement: string; unit: string }>((tie) => ({
  unit: fc.oneof(
    { weight: 8, arbitrary: simple },
    { weight: 1, arbitrary: tie('list').map((text) => `( ${text} )`) },
    { weight: 1, arbitrary: tie('list').map((text) => `{ ${text}; }`) },
    // Only one side of a pipeline may write, or the outcome is chance.
    { weight: 1, arbitrary: tie('unit').map((text) => `${text} | cat`) },
    { weight: 1, arbitrary: fc.tuple(tie('list'), tie('list')).map(([a, b]) => `if ${a}; then ${b}; fi`) },
    { weight: 1, arbitrary: tie('list').map((text) => `for y in 1 2; do ${text}; done`) },
  ),
  statement: fc
    .array(fc.tuple(tie('unit'), fc.constantFrom('&&', '&&', '&&', '||')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((parts) => parts.map(([unit, operator], index) => (index === 0 ? unit : `${operator} ${unit}`)).join(' ')),
  list: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((statements) => statements.join('; ')),
}));

const command = fc.oneof(
  { weight: 6, arbitrary: list.map((text) => `RUN ${text}`) },
  { weight: 2, arbitrary: list.map((text) => `RUN set -e; ${text}`) },
  { weight: 1, arbitrary: list.map((text) => `RUN set -ex && ${text}`) },
  { weight: 1, arbitrary: list.map((text) => `RUN ${text} # note`) },
  { weight: 1, arbitrary: list.map((text) => `RUN ${text} && \\\n  # note\n  ${tell}`) },
  { weight: 2, arbitrary: list.map((text) => `RUN <<EOF\n# note\n${text.replaceAll('; ', '\n')}\nEOF`) },
  { weight: 1, arbitrary: list.map((text) => `RUN <<-EOF\n\tset -e\n\t${text}\n\tEOF`) },
  { weight: 1, arbitrary: list.map((text) => `RUN cat <<EOF >> f && ${text}\n$x\nEOF`) },
  { weight: 1, arbitrary: fc.constantFrom('RUN ["mkdir", "-p", "d"]', 'RUN ["/bin/sh", "-c", "exit 0"]') },
);
const shells = [
  '',
  'SHELL ["/bin/sh", "-ec"]\n',
  ...(existsSync('/bin/bash') ? ['SHELL ["/bin/bash", "-c"]\n', 'SHELL ["/bin/bash", "-eo", "pipefail", "-c"]\n'] : []),
];
const files = fc
  .tuple(fc.constantFrom(...shells), fc.array(command, { minLength: 2, maxLength: 4 }))
  .map(([shell, commands]) => `FROM scratch\n${shell}${commands.join('\n')}\n`);

function build(text: string): unknown {
  const home = join(folder, 'home');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  const outputs: string[] = [];
  let status: number | null = 0;
  for (const step of refactorContext(text).graph.stages[0]?.steps ?? []) {
    if (step.operation.kind !== 'execute') continue;
    const [program = '', ...words] = step.operation.arguments;
    const environment = { PATH: process.env.PATH, HOME: home, LOG: join(home, 'log'), LC_ALL: 'C' };
    const result = spawnSync(program, words, {
      cwd: home,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    outputs.push(result.stdout);
    status = result.status;
    if (status !== 0) break;
  }
  // An unset variable under `set -u` ends bash with 127, and a subshell of it with 1.
  const failed = status !== 0 && /set -u/.test(text) ? 'failed' : status;
  return { status: failed, output: outputs.join(''), files: tree(home) };
}

function tree(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = lstatSync(join(path, name));
    found[name] = `${stat.mode.toString(8)} ${stat.isFile() ? readFileSync(join(path, name), 'utf8') : ''}`;
  }
  return found;
}

test('what is merged runs as before', { skip: !posix && 'needs /bin/sh' }, () => {
  let merged = 0;
  fc.assert(
    fc.property(files, (text) => {
      const { refactorings } = mergeRun.offer(refactorContext(text));
      if (refactorings.length === 0) return;
      merged += 1;
      const result = applyEdits(
        text,
        refactorings.flatMap(({ edits }) => edits),
      );
      assert.deepEqual(build(result), build(text), `${text}\nmerged:\n${result}`);
    }),
    { numRuns: runs },
  );
  assert.ok(merged > runs / 3, `only ${merged} of ${runs} were merged`);
});
