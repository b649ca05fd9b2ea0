// @ts-check
// Tests the extension in a real VS Code: node test/vscode/run.mjs [--only TEXT] [--browser]
// A VS Code that @vscode/test-electron can download comes first; where it cannot, the browser VS Code. One of them
// runs, or this fails.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build as esbuild } from 'esbuild';
import { globSync } from 'tinyglobby';
import { calmSettings, startBrowserVsCode, writeSettings } from '../../scripts/browser-vscode.mjs';
import { build } from '../../scripts/build.mjs';
import { formatDuration, root } from '../../scripts/steps.mjs';
import { runTestsInWindow } from './browser-window.mjs';
import { launchChromium } from './chromium.mjs';

/** Before each line of the results, where the editor's own log comes the same way. */
const mark = '@strata-test ';
/** Milliseconds that all tests together may take. */
const limit = 600_000;

/** @returns {Promise<string>} the module whose `run` the extension host calls */
async function compileTests(/** @type {string} */ only, /** @type {string} */ mark) {
  const files = globSync('test/vscode/suite/**/*.test.ts', { cwd: root }).sort();
  if (files.length === 0) throw new Error('test/vscode/suite holds no test');
  const output = join(root, 'out', 'vscode-tests', 'index.js');
  await esbuild({
    absWorkingDir: root,
    stdin: {
      contents: [
        ...files.map((file) => `import './${relative('test/vscode', file).replaceAll('\\', '/')}';`),
        "import { runTests } from './runner';",
        `export const run = () => runTests(${JSON.stringify(only)}, ${JSON.stringify(mark)});`,
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
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    return { reason: 'there is no display for an Electron window (run under xvfb-run to have one)' };
  }
  const { downloadAndUnzipVSCode, SilentReporter } = await import('@vscode/test-electron');
  try {
    const executable = await downloadAndUnzipVSCode({
      cachePath: join(root, '.cache', 'vscode-test'),
      reporter: new SilentReporter(),
      timeout: 20_000,
    });
    return { executable };
  } catch (error) {
    return {
      reason: `@vscode/test-electron could not download VS Code: ${error instanceof Error ? error.message : error}`,
    };
  }
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

/** @returns {Promise<number>} exit code */
async function runInBrowser(/** @type {string} */ tests, /** @type {string} */ workspace, /** @type {string} */ state) {
  writeSettings(state, calmSettings);
  const server = await startBrowserVsCode({ state });
  try {
    const browser = await launchChromium();
    try {
      const url = server.url({ folder: workspace, extension: root, tests });
      /** @type {string[]} */
      const others = [];
      const print = (/** @type {string} */ line) => {
        if (line.startsWith(mark)) console.log(line.replaceAll(mark, ''));
        else others.push(line);
      };
      const code = await runTestsInWindow({ browser, url, print, limit });
      if (code !== 0) console.error(`\nWhat the editor logged last:\n${others.slice(-30).join('\n')}`);
      return code;
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

const onlyAt = process.argv.indexOf('--only');
const only = onlyAt > 0 ? (process.argv[onlyAt + 1] ?? '') : '';
const started = performance.now();

if (!(await build())) {
  console.error('test:vscode: the extension does not build');
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'strata-vscode-'));
try {
  // A copy: the tests edit, and a record or a git repository of ours would change what they see.
  const workspace = join(scratch, 'workspace');
  cpSync(join(root, 'test', 'vscode', 'workspace'), workspace, { recursive: true });
  const electron = await findElectron();
  if ('executable' in electron) {
    console.log(`Testing in VS Code: ${electron.executable}`);
    const tests = await compileTests(only, '');
    process.exitCode = await runInElectron(electron.executable, tests, workspace);
  } else {
    console.log(`Testing in the browser VS Code, because ${electron.reason}.`);
    const tests = await compileTests(only, mark);
    process.exitCode = await runInBrowser(tests, workspace, join(scratch, 'state'));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  if (existsSync(scratch)) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
const verdict = process.exitCode ? '✖ test:vscode failed' : '✔ test:vscode passed';
console.log(`${verdict} in ${formatDuration(performance.now() - started)}`);
process.exit();
