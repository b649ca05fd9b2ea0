// @ts-check
// Modules of the server, bundled as its programs are, for measuring them without the protocol.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../scripts/steps.mjs';

/**
 * @param {string} source TypeScript that exports what is wanted, with paths from the top of the repository
 * @returns {Promise<any>} the exports
 */
export async function loadModules(source) {
  const folder = mkdtempSync(join(tmpdir(), 'strata-bench-code-'));
  const outfile = join(folder, 'modules.mjs');
  try {
    await build({
      stdin: { contents: source, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      minify: true,
      // Libraries in CommonJS ask for Node's own modules by `require`, which a module has not.
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
      outfile,
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
