// @ts-check
// Tests the extension in a real VS Code: node test/vscode/run.mjs [--only TEXT] [--browser]
// --only runs the tests of the first window whose name holds the text.
// A VS Code that @vscode/test-electron can download comes first; where it cannot, the browser VS Code. One of them
// runs, or this fails.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build as esbuild } from 'esbuild';
import { globSync } from 'tinyglobby';
import { calmSettings, installExtension, startBrowserVsCode, writeSettings } from '../../scripts/browser-vscode.mjs';
import { build } from '../../scripts/build.mjs';
import { downloadVsCode, hasDisplay } from '../../scripts/electron-vscode.mjs';
import { formatDuration, root, runNode } from '../../scripts/steps.mjs';
import { runTestsInWindow } from './browser-window.mjs';
import { launchChromium } from './chromium.mjs';
import { runWindowTests } from './window-tests.mjs';

/** Before each line of the results, where the editor's own log comes the same way. */
const mark = '@strata-test ';
/** Milliseconds that all tests together may take. */
const limit = 600_000;

/**
 * Tests of which the name must hold one of `only` (empty: every test) and none of `except`.
 * @typedef {{ only: readonly string[], except: readonly string[] }} Selection
 */

/** Tests that need a window of another kind than the first. */
const special = ['beside another extension', 'untrusted workspace'];

/** Some tests of each kind again, with the extension as people install it. */
const packagedTests = ['inlay hints', 'code lenses', 'layer tree', 'merge RUN', 'cache status'];

/**
 * Windows that the browser VS Code opens after the first, each with its own tests.
 * @type {readonly { title: string, packaged: boolean, settings: Readonly<Record<string, unknown>>, only: readonly string[] }[]}
 */
const furtherWindows = [
  {
    title: 'the extension installed from strata.vsix, beside another extension for Dockerfiles',
    packaged: true,
    settings: {},
    only: [...packagedTests, 'beside another extension'],
  },
  {
    title: 'a workspace that is not trusted',
    packaged: false,
    settings: {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
    only: ['untrusted workspace'],
  },
];

/** @returns {Promise<string>} the module whose `run` the extension host calls */
async function compileTests(/** @type {Selection} */ selection, /** @type {string} */ mark) {
  const files = globSync('test/vscode/suite/**/*.test.ts', { cwd: root }).sort();
  if (files.length === 0) throw new Error('test/vscode/suite holds no test');
  const output = join(scratch, 'tests', 'index.js');
  await esbuild({
    absWorkingDir: root,
    stdin: {
      contents: [
        ...files.map((file) => `import './${relative('test/vscode', file).replaceAll('\\', '/')}';`),
        "import { runTests } from './runner';",
        `export const run = () => runTests(${JSON.stringify(selection)}, ${JSON.stringify(mark)});`,
      ].join('\n'),
      resolveDir: join(root, 'test', 'vscode'),
      sourcefile: 'index.ts',
      loader: 'ts',
    },
    outfile: output,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return output;
}

/**
 * @returns {Promise<{ executable: string } | { reason: string }>} a VS Code with Electron, or why there is none
 */
async function findElectron() {
  if (process.argv.includes('--browser')) return { reason: '--browser was given' };
  if (process.env.VSCODE_EXECUTABLE) return { executable: process.env.VSCODE_EXECUTABLE };
  if (!hasDisplay()) return { reason: 'there is no display for a desktop window (run under xvfb-run to have one)' };
  const downloaded = await downloadVsCode((message) => console.log(message));
  return 'reason' in downloaded ? { reason: `VS Code cannot be downloaded: ${downloaded.reason}` } : downloaded;
}

/** @returns {Promise<number>} exit code */
async function runInElectron(
  /** @type {string} */ executable,
  /** @type {string} */ tests,
  /** @type {string} */ workspace,
) {
  const { runTests } = await import('@vscode/test-electron');
  try {
    return await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** Counts of all runs; the last line of the output gives their sums. */
const counts = { passed: 0, failed: 0 };

/**
 * @param {object} options
 * @param {Selection} options.selection
 * @param {string} options.extension folder of the extension under development
 * @param {string} options.workspace
 * @param {string} options.state
 * @param {Readonly<Record<string, unknown>>} [options.settings]
 * @returns {Promise<number>} exit code
 */
async function runInBrowser({ selection, extension, workspace, state, settings }) {
  const tests = await compileTests(selection, mark);
  /** @type {string[]} */
  const others = [];
  const print = (/** @type {string} */ line) => {
    if (!line.startsWith(mark)) {
      others.push(line);
      return;
    }
    const text = line.replaceAll(mark, '');
    console.log(text);
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(text) ?? [];
    counts.passed += Number(passed ?? 0);
    counts.failed += Number(failed ?? 0);
  };
  const code = await withBrowser(state, { ...calmSettings, ...settings }, (browser, server) =>
    runTestsInWindow({ browser, url: server.url({ folder: workspace, extension, tests }), print, limit }),
  );
  if (code !== 0) console.error(`\nWhat the editor logged last:\n${others.slice(-30).join('\n')}`);
  return code;
}

/**
 * @template Result
 * @param {string} state
 * @param {Readonly<Record<string, unknown>>} settings
 * @param {(browser: import('playwright-core').Browser, server: import('../../scripts/browser-vscode.mjs').BrowserVsCode) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
async function withBrowser(state, settings, use) {
  writeSettings(state, settings);
  const server = await startBrowserVsCode({ state });
  try {
    const browser = await launchChromium();
    try {
      return await use(browser, server);
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

/** @returns {Promise<number>} exit code */
async function lookAtTheWindow() {
  console.log('\nTesting the window with keyboard and mouse.');
  const pictures = join(root, 'out');
  mkdirSync(pictures, { recursive: true });
  const folder = freshWorkspace('workspace-window');
  const { passed, failed } = await withBrowser(join(scratch, 'state-window'), calmSettings, (browser, server) =>
    runWindowTests({ browser, url: server.url({ folder, extension: root }), pictures }),
  );
  console.log(`${passed} passed, ${failed} failed`);
  counts.passed += passed;
  counts.failed += failed;
  return failed > 0 || passed === 0 ? 1 : 0;
}

/**
 * Packages the extension and installs it from the file.
 * @returns {Promise<boolean>} false when that failed; the reason is on stderr
 */
async function installPackaged(/** @type {string} */ state) {
  const made = await runNode(['scripts/package.mjs'], { quiet: true });
  if (made.code !== 0) {
    console.error(made.output);
    return false;
  }
  const installed = await installExtension(state, join(root, 'strata.vsix'));
  const done = installed.code === 0 && /successfully installed/.test(installed.output);
  if (!done) console.error(`strata.vsix does not install:\n${installed.output}`);
  return done;
}

/**
 * The extension under development that the tests of the installed one run in: nothing but the name of another
 * extension for Dockerfiles.
 * @returns {string} its folder
 */
function writeOtherExtension(/** @type {string} */ folder) {
  mkdirSync(folder);
  const manifest = { name: 'docker', publisher: 'docker', version: '0.0.1', engines: { vscode: '^1.91.0' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/** @returns {Promise<number>} exit code of the first window that failed, or 0 */
async function runFurtherWindows() {
  let result = 0;
  for (const [index, { title, packaged, settings, only }] of furtherWindows.entries()) {
    console.log(`\nTesting ${title}.`);
    const state = join(scratch, `state-${index}`);
    const ready = !packaged || (await installPackaged(state));
    const extension = packaged ? writeOtherExtension(join(scratch, `extension-${index}`)) : root;
    const workspace = freshWorkspace(`workspace-${index}`);
    const code = ready
      ? await runInBrowser({ selection: { only, except: [] }, extension, workspace, state, settings })
      : 1;
    result = result || code;
  }
  return result;
}

const onlyAt = process.argv.indexOf('--only');
const only = onlyAt > 0 ? process.argv.slice(onlyAt + 1, onlyAt + 2) : [];
const started = performance.now();

if (!(await build())) {
  console.error('test:vscode: the extension does not build');
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'strata-vscode-'));
/** A copy: the tests edit, and a record or a git repository of ours would change what they see. */
const freshWorkspace = (/** @type {string} */ name) => {
  const folder = join(scratch, name);
  cpSync(join(root, 'test', 'vscode', 'workspace'), folder, { recursive: true });
  cpSync(join(root, 'test', 'fixtures', 'split-applications'), join(folder, 'applications'), { recursive: true });
  return folder;
};
let code = 0;
const selection = { only, except: only.length === 0 ? special : [] };
try {
  const electron = await findElectron();
  if ('executable' in electron) {
    console.log(`Testing in VS Code: ${electron.executable}`);
    code = await runInElectron(electron.executable, await compileTests(selection, ''), freshWorkspace('workspace'));
    console.log(
      `Not tested here, but with --browser: ${[...furtherWindows.map(({ title }) => title), 'the window itself'].join('; ')}.`,
    );
  } else {
    console.log(`Testing in the browser VS Code, because ${electron.reason}.`);
    const workspace = freshWorkspace('workspace');
    code = await runInBrowser({ selection, extension: root, workspace, state: join(scratch, 'state') });
    if (only.length === 0) {
      const further = await runFurtherWindows();
      const looked = await lookAtTheWindow();
      code = code || further || looked;
      console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  code = 1;
} finally {
  if (existsSync(scratch)) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
const verdict = code === 0 ? '✔ test:vscode passed' : '✖ test:vscode failed';
console.log(`${verdict} in ${formatDuration(performance.now() - started)}`);
process.exit(code);
