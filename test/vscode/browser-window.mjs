// @ts-check
// Windows of the browser VS Code, driven with playwright.

/**
 * Opens a window that runs the extension's tests and waits for their result.
 * @param {object} options
 * @param {import('playwright-core').Browser} options.browser
 * @param {string} options.url from startBrowserVsCode, with `tests`
 * @param {(line: string) => void} options.print takes what the extension host writes to its console
 * @param {number} options.limit milliseconds after which the run has failed
 * @returns {Promise<number>} the tests' exit code
 */
export async function runTestsInWindow({ browser, url, print, limit }) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  /** @type {(code: number) => void} */
  let finish = () => undefined;
  /** @type {Promise<number>} */
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  // VS Code's workbench calls these two when they are there.
  await page.exposeFunction('codeAutomationLog', (/** @type {string} */ _type, /** @type {unknown[]} */ args) => {
    const line = args.map(String).join(' ');
    // Styled lines are the workbench's own tracing.
    if (!line.startsWith('%c')) print(line);
  });
  await page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => finish(code));
  const timer = setTimeout(() => {
    print(`The editor gave no result within ${limit / 1000} s.`);
    finish(1);
  }, limit);
  page.on('crash', () => {
    print('The browser page crashed.');
    finish(1);
  });
  try {
    await page.goto(url, { waitUntil: 'domcontentloaded', timeout: limit });
    return await finished;
  } finally {
    clearTimeout(timer);
    await page.close();
  }
}
