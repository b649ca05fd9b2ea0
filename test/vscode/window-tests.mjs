// @ts-check
// What only eyes and hands can check: the window itself, driven with the keyboard and the mouse.
import { join } from 'node:path';

/** Milliseconds that something may take to appear. */
const patience = 20_000;

/** @typedef {import('playwright-core').Page} Page */

/** The layer tree's rows. */
const rows = (/** @type {Page} */ page) => page.locator('.pane-body .monaco-list-row');

/** Waits until the status bar gives the cursor's line. */
async function cursorIsOn(/** @type {Page} */ page, /** @type {number} */ line) {
  await page.locator('.statusbar-item', { hasText: `Ln ${line},` }).waitFor({ timeout: patience });
}

/** Puts the cursor on the line that holds a text. */
async function clickLine(/** @type {Page} */ page, /** @type {string} */ text) {
  await page
    .locator('.view-line', { hasText: text })
    .first()
    .click({ position: { x: 10, y: 6 } });
}

/** @type {readonly { name: string, run: (page: Page) => Promise<void> }[]} */
const tests = [
  {
    name: 'the view invites to open a Dockerfile, and its button opens it',
    run: async (page) => {
      await page.locator('.activitybar [aria-label^="Strata"]').first().click({ timeout: 60_000 });
      await page.locator('.welcome-view-content', { hasText: 'Open a Dockerfile' }).waitFor({ timeout: patience });
      await page.locator('.welcome-view-content .monaco-button').first().click();
      await page.locator('.quick-input-list .monaco-list-row').first().waitFor({ timeout: patience });
      await page.keyboard.type('exact');
      await page.locator('.quick-input-list .monaco-list-row', { hasText: 'exact' }).click({ timeout: patience });
      await page.locator('.view-line', { hasText: 'COPY' }).first().waitFor({ timeout: patience });
      await rows(page).filter({ hasText: 'COPY data/' }).waitFor({ timeout: patience });
    },
  },
  {
    name: 'hints stand in the editor, uncut',
    run: async (page) => {
      // The editor draws spaces as non-breaking ones.
      const line = page.locator('.view-line', { hasText: /COPY\sdata.*layer\s2\s·\s4\skB\s·\sno\srecord$/ });
      await line.waitFor({ timeout: patience });
    },
  },
  {
    name: 'the tree follows the cursor',
    run: async (page) => {
      for (const text of ['COPY greeting', 'WORKDIR']) {
        await clickLine(page, text);
        await page.locator('.pane-body .monaco-list-row.selected', { hasText: text }).waitFor({ timeout: patience });
      }
    },
  },
  {
    name: 'the cursor follows the tree',
    run: async (page) => {
      await rows(page).filter({ hasText: 'COPY data/' }).click();
      await cursorIsOn(page, 3);
      await rows(page).filter({ hasText: 'COPY greeting' }).click();
      await cursorIsOn(page, 4);
    },
  },
  {
    name: 'the status bar gives the total, and leads to the tree',
    run: async (page) => {
      const total = page.locator('.statusbar-item', { hasText: '5 kB · 3 layers' });
      await total.waitFor({ timeout: patience });
      await page.locator('.activitybar [aria-label^="Explorer"]').first().click();
      await rows(page).filter({ hasText: 'COPY data/' }).waitFor({ state: 'hidden', timeout: patience });
      await total.click();
      await rows(page).filter({ hasText: 'COPY data/' }).waitFor({ timeout: patience });
    },
  },
  {
    name: 'the story of a layer shows on hover',
    run: async (page) => {
      await clickLine(page, 'COPY data');
      await page.keyboard.press('Home');
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+I');
      const story = page.locator('.monaco-hover', { hasText: /Layer 2 · 4 kB/ });
      await story.waitFor({ timeout: patience });
      await page.keyboard.press('Escape');
    },
  },
];

/**
 * Runs the tests in one window, each going on where the one before it ended.
 * @param {object} options
 * @param {import('playwright-core').Browser} options.browser
 * @param {string} options.url from startBrowserVsCode, without a file
 * @param {string} options.pictures folder for a picture of each failure
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runWindowTests({ browser, url, pictures }) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
  const counts = { passed: 0, failed: 0 };
  try {
    await page.goto(url, { waitUntil: 'domcontentloaded', timeout: 120_000 });
    for (const [index, { name, run }] of tests.entries()) {
      try {
        await run(page);
        console.log(`✔ window › ${name}`);
        counts.passed += 1;
      } catch (error) {
        const picture = join(pictures, `window-test-${index + 1}.png`);
        await page.screenshot({ path: picture });
        const reason = error instanceof Error ? error.message : String(error);
        console.log(`✖ window › ${name}\n${reason.replace(/^/gm, '    ')}\n    picture: ${picture}`);
        counts.failed += 1;
      }
    }
  } finally {
    await page.close();
  }
  return counts;
}
