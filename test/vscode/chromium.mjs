// @ts-check
// A browser to drive the browser VS Code with.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { findProgram, installDebianPackages } from '../../scripts/browser-vscode.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** @returns {string | undefined} path of a Chromium, Chrome or Edge */
function findChromium() {
  const chosen = process.env.CHROMIUM_EXECUTABLE;
  if (chosen) return chosen;
  for (const name of names) {
    const path = findProgram(name);
    if (path) return path;
  }
  return places.find((path) => existsSync(path));
}

/**
 * @param {(message: string) => void} [log]
 * @returns {Promise<import('playwright-core').Browser>}
 * @throws when this machine has no Chromium and none can be installed
 */
export async function launchChromium(log = console.error) {
  await installDebianPackages([{ name: 'chromium', present: () => findChromium() !== undefined }], log);
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('No Chromium, Chrome or Edge found. Install one, or name it in CHROMIUM_EXECUTABLE.');
  }
  return chromium.launch({
    executablePath,
    args: [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}
