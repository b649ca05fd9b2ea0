// @ts-check
// Takes the pictures of README: node test/vscode/screenshots.mjs
// The example in the browser VS Code with the extension: inlay hints, a hover, the layer tree. Dark and light go into
// media/, high contrast into out/ for a look at it.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { calmSettings, startBrowserVsCode, writeSettings } from '../../scripts/browser-vscode.mjs';
import { build } from '../../scripts/build.mjs';
import { root } from '../../scripts/steps.mjs';
import { launchChromium } from './chromium.mjs';

const pictures = [
  { theme: 'Default Dark Modern', scheme: 'dark', file: join(root, 'media', 'screenshot-dark.png') },
  { theme: 'Default Light Modern', scheme: 'light', file: join(root, 'media', 'screenshot-light.png') },
  { theme: 'Default High Contrast', scheme: 'dark', file: join(root, 'out', 'screenshot-high-contrast.png') },
];

/** Keeps everything out of the picture that is not the extension's. */
const pictureSettings = {
  ...calmSettings,
  'window.commandCenter': false,
  'window.menuBarVisibility': 'compact',
  'workbench.layoutControl.enabled': false,
  'workbench.editor.showTabs': 'single',
  'workbench.editor.editorActionsLocation': 'hidden',
  'workbench.activityBar.location': 'default',
  'chat.commandCenter.enabled': false,
  'editor.minimap.enabled': false,
  'editor.fontSize': 15,
  'editor.lineHeight': 1.7,
  'breadcrumbs.enabled': false,
  'git.enabled': false,
  'editor.hover.above': false,
  'editor.occurrencesHighlight': 'off',
  'problems.decorations.enabled': true,
};

/** @typedef {import('playwright-core').Page} Page */

/** Runs a command of the editor by its title. */
async function runCommand(/** @type {Page} */ page, /** @type {string} */ title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor({ state: 'visible' });
  await input.fill(`>${title}`);
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor({ state: 'visible' });
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

/**
 * The example as somebody works on it: committed, then one source file edited, so that some steps are cached and
 * some are not.
 * @param {string} scratch
 * @returns {string} the folder
 */
function prepareExample(scratch) {
  const folder = join(scratch, 'node-app');
  cpSync(join(root, 'examples', 'node-app'), folder, { recursive: true });
  // The repository is one folder up, as where a service is a part of it, so that the context holds the service only.
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'user.name=Strata', '-c', 'user.email=strata@example.com', ...args], { cwd: scratch });
  git('init', '--quiet');
  git('add', 'node-app');
  git('commit', '--quiet', '--message', 'As built');
  appendFileSync(join(folder, 'app.js'), '\n// edited after the build\n');
  return folder;
}

/**
 * @param {object} options
 * @param {import('playwright-core').Browser} options.browser
 * @param {import('../../scripts/browser-vscode.mjs').BrowserVsCode} options.server
 * @param {string} options.folder
 * @param {string} options.extension
 * @param {(typeof pictures)[number]} options.picture
 */
async function takePicture({ browser, server, folder, extension, picture }) {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 620 },
    deviceScaleFactor: 2,
    colorScheme: picture.scheme === 'light' ? 'light' : 'dark',
  });
  try {
    const file = join(folder, 'Dockerfile');
    await page.goto(server.url({ folder, extension, file }), { waitUntil: 'domcontentloaded' });
    await page.locator('.editor-instance .view-line').first().waitFor({ timeout: 60_000 });
    await page.locator('.activitybar [aria-label^="Strata"]').first().click({ timeout: 30_000 });
    await page.locator('.pane-body .monaco-list-row').first().waitFor({ timeout: 60_000 });
    await page
      .locator('.view-line [class*="dyn-rule"], .view-line .inlay')
      .first()
      .waitFor({ state: 'attached', timeout: 30_000 })
      .catch(() => {
        console.error('screenshots: no inlay hint appeared');
      });
    // The layer with the files stands open in the tree.
    await page.locator('.pane-body .monaco-list-row', { hasText: 'COPY . .' }).locator('.monaco-tl-twistie').click();
    // The cursor goes to the last layer: a hover there leaves the hints of all layers in sight.
    await page
      .locator('.view-line', { hasText: 'npm run build' })
      .first()
      .click({ position: { x: 12, y: 8 } });
    await page.keyboard.press('Home');
    await page.locator('.statusbar-item', { hasText: 'Activating Extensions' }).waitFor({ state: 'hidden' });
    await page.waitForTimeout(1500);
    await runCommand(page, 'Notifications: Clear All Notifications');
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+I');
    await page.locator('.monaco-hover:not(.hidden) .hover-row').first().waitFor({ state: 'visible', timeout: 15_000 });
    await page.waitForTimeout(800);
    await page.screenshot({ path: picture.file });
    console.log(`${relative(root, picture.file)} (${picture.theme})`);
  } catch (error) {
    const failed = join(root, 'out', `screenshot-failed-${picture.scheme}.png`);
    await page.screenshot({ path: failed });
    console.error(`screenshots: see ${relative(root, failed)}`);
    throw error;
  } finally {
    await page.close();
  }
}

/** Another extension folder may be given, to try the harness itself. */
const extension = process.env.STRATA_EXTENSION ?? root;
if (extension === root && !(await build({ quiet: true }))) process.exit(1);
mkdirSync(join(root, 'media'), { recursive: true });
mkdirSync(join(root, 'out'), { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'strata-pictures-'));
/** @type {(() => Promise<unknown>)[]} */
const closing = [];
try {
  const folder = prepareExample(scratch);
  for (const [index, picture] of pictures.entries()) {
    // User settings are read at start, so each theme has a server of its own.
    const state = join(scratch, `state-${index}`);
    writeSettings(state, { ...pictureSettings, 'workbench.colorTheme': picture.theme });
    const server = await startBrowserVsCode({ state });
    closing.push(server.stop);
    const browser = await launchChromium();
    closing.push(() => browser.close());
    await takePicture({ browser, server, folder, extension, picture });
    while (closing.length > 0) await closing.pop()?.();
  }
} catch (error) {
  console.error(`screenshots: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  while (closing.length > 0) await closing.pop()?.();
  if (existsSync(scratch)) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
