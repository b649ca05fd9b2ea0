// @ts-check
// The desktop VS Code that @vscode/test-electron downloads, kept in .cache/ of the repository.
import { join } from 'node:path';
import { root } from './steps.mjs';

/** Milliseconds without an answer after which the download counts as impossible. */
const patience = 20_000;

/** @returns {boolean} whether a desktop window could be shown here */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * @param {(message: string) => void} log takes progress
 * @returns {Promise<{ executable: string } | { reason: string }>} the program, or why it cannot be had
 */
export async function downloadVsCode(log) {
  const { downloadAndUnzipVSCode, ProgressReportStage } = await import('@vscode/test-electron');
  let shown = 0;
  const reporter = {
    /** @param {import('@vscode/test-electron').ProgressReport} progress */
    report(progress) {
      if (progress.stage === ProgressReportStage.ExtractingSynchonrously) log('  unpacking …');
      if (progress.stage !== ProgressReportStage.Downloading || progress.totalBytes === 0) return;
      if (progress.bytesSoFar === 0) log('Downloading VS Code (once; about 150 MB) …');
      const percent = Math.floor((10 * progress.bytesSoFar) / progress.totalBytes) * 10;
      if (percent > shown) log(`  ${percent} %`);
      shown = Math.max(shown, percent);
    },
    /** @param {unknown} error */
    error(error) {
      log(`  ${error instanceof Error ? error.message : error}`);
    },
  };
  try {
    const cachePath = join(root, '.cache', 'vscode-test');
    return { executable: await downloadAndUnzipVSCode({ cachePath, reporter, timeout: patience }) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
