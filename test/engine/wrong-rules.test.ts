/**
 * Rules that look right and are not, put into a copy of the program: each has to be noticed, or the tests prove
 * nothing. Four are noticed by a build, as the random edits do it; whether `--link` counts an engine with the classic
 * image store can't tell, so that one is noticed by what was measured with the other store (cache/keys.test.ts).
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, type Plugin } from 'esbuild';
import { describeStep } from './comparison';
import { emptyProgram } from './draw-program';
import type { Mismatch } from './edit-run';
import { run } from './engine.mjs';
import { RecordMode } from './modes';
import { fileOf, type Program } from './program';
import { Random } from './random';
import { replay } from './replay';
import { REPOSITORY } from './session';
import { openStand, type Stand } from './stand';

interface WrongRule {
  readonly name: string;
  /** Source file, what stands in it, and what stands there in the wrong program. */
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

interface Case extends WrongRule {
  readonly instructions: readonly string[];
  readonly edit: (program: Program) => void;
}

function changeFile(program: Program, name: string, change: { text?: string; mode?: number; touched?: number }): void {
  const file = program.files[name];
  assert.ok(file?.kind === 'file');
  program.files[name] = { ...file, ...change };
}

const cases: readonly Case[] = [
  {
    name: 'the mode of a file is dropped',
    file: 'server/src/context/entry-digest.ts',
    right: "if (scheme === 'sha256') return mode.toString(8);",
    wrong: "if (scheme === 'sha256') return '';",
    instructions: ['COPY alpha.txt /t/', 'RUN echo 1'],
    edit: (program) => changeFile(program, 'alpha.txt', { mode: 0o755 }),
  },
  {
    name: 'the time of a file is kept',
    file: 'server/src/facts/context-digests.ts',
    right: "if (scheme === 'git') hash.update(",
    wrong: "hash.update(String(stamp.mtime)); if (scheme === 'git') hash.update(",
    instructions: ['COPY alpha.txt /t/', 'RUN echo 1'],
    edit: (program) => changeFile(program, 'alpha.txt', { touched: 1 }),
  },
  {
    name: 'the scope of ARG is forgotten',
    file: 'server/src/build/instruction-effect.ts',
    right: 'around.globalArguments.find((entry) => entry.name === name)?.value',
    wrong: 'undefined as string | undefined',
    instructions: ['ARG G0', 'RUN echo 1'],
    edit: (program) => {
      program.head[1] = 'ARG G0=other';
    },
  },
  {
    name: '.dockerignore is ignored',
    file: 'server/src/facts/context-ignore.ts',
    right: 'return { path: shownPath(contextPath, candidate), text,',
    wrong: "return { path: shownPath(contextPath, candidate), text: '',",
    instructions: ['COPY dir /t/', 'RUN echo 1'],
    edit: (program) => changeFile(program, 'dir/two.log', { text: 'changed\n' }),
  },
];

const link: WrongRule = {
  name: '--link is forgotten',
  file: 'server/src/cache/keys.ts',
  right: 'if (!operation.link ||',
  wrong: 'if (operation.link || !operation.link ||',
};

/** Reads the source file wrongly, and nothing else. */
function withWrong({ file, right, wrong }: WrongRule): Plugin {
  const target = path.join(REPOSITORY, file);
  return {
    name: 'wrong rule',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async (args) => {
        if (path.resolve(args.path) !== target) return undefined;
        const source = await fs.promises.readFile(target, 'utf8');
        assert.equal(
          source.split(right).length,
          2,
          `${file} no longer has "${right}" once: this test needs the new text`,
        );
        return { contents: source.replace(right, () => wrong), loader: 'ts' };
      });
    },
  };
}

async function bundle(entries: Record<string, string>, folder: string, plugins: Plugin[]): Promise<void> {
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: entries,
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    plugins,
  });
}

describe('a wrong rule is noticed', { timeout: 10 * 60_000 }, () => {
  let stand: Stand;
  let counter = 0;

  before(async () => {
    stand = await openStand();
  });
  after(async () => {
    await stand.close([]);
  });

  /** Steps that the program foretells wrongly. */
  async function wrongSteps(program: string | undefined, { instructions, edit, name }: Case): Promise<string[]> {
    const nonce = `wrong-${process.pid}-${counter++}`;
    const before = emptyProgram(new Random(1), { base: `strata-cache-base:${nonce}`, nonce, remote: stand.remote });
    before.ignore = ['*.log', 'dir/*.log'];
    before.files['alpha.txt'] = fileOf('alpha\n');
    const made = instructions.map((text) => ({ text, fixed: true }));
    before.stages.push({ name: 's0', base: { kind: 'image' }, platform: '', instructions: made });
    const after = structuredClone(before);
    edit(after);
    const mismatch: Mismatch = {
      modes: [],
      label: name,
      nonce,
      trigger: '',
      contextName: 'context',
      story: [],
      before,
      after,
      disk: [],
      answers: [],
      folder: '',
    };
    const replayed = await replay(stand, new RecordMode(program), mismatch);
    assert.ok(replayed?.report);
    return replayed.wrong.map(describeStep);
  }

  for (const one of cases) {
    it(one.name, async () => {
      assert.deepEqual(await wrongSteps(undefined, one), [], 'the right program is right');
      const folder = path.join(stand.folder, `wrong-${counter++}`);
      const entries = { strata: 'server/src/cli.ts', worker: 'server/src/facts/worker.ts' };
      await bundle(entries, folder, [withWrong(one)]);
      const wrong = await wrongSteps(path.join(folder, 'strata.js'), one);
      assert.notDeepEqual(wrong, [], `nothing tells that ${one.name}`);
      console.log(`${one.name}: ${wrong[0]}`);
    });
  }

  it(link.name, async () => {
    const results = [[], [withWrong(link)]].map(async (plugins, index) => {
      const folder = path.join(stand.folder, `keys-${index}`);
      await bundle({ keys: 'test/unit/cache/keys.test.ts' }, folder, plugins);
      // A test runner in a test runner runs nothing, unless it does not know.
      const command = ['-u', 'NODE_TEST_CONTEXT', process.execPath, '--test', '--test-reporter=tap'];
      return run('env', [...command, path.join(folder, 'keys.js')], { allowFailure: true });
    });
    const [right, wrong] = await Promise.all(results);
    assert.equal(right?.code, 0, `the right program is right: ${right?.stdout.slice(-2000)}`);
    assert.notEqual(wrong?.code, 0, 'nothing tells that --link is forgotten');
    console.log(`${link.name}: ${/not ok \d+ - .*link.*/.exec(wrong?.stdout ?? '')?.[0]}`);
  });
});
