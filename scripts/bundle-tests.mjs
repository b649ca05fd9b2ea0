// @ts-check
// Bundles test files so that a process for each of them starts fast: what they have in common is compiled once.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundledTests, root } from './steps.mjs';

/** A module goes on believing that it lies where its source does: fixtures are found from there. */
const placeOfSource = {
  name: 'place-of-source',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onLoad({ filter: /\.m?[jt]s$/ }, ({ path }) => {
      if (/[\\/]node_modules[\\/]/.test(path)) return undefined;
      const place = JSON.stringify(dirname(path));
      const text = readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', place);
      // In the first line, which it shares: lines of failures stay those of the source.
      const declared = /\b__dirname\b/.test(text) ? `const __dirname = ${place}; ${text}` : text;
      return { contents: declared, loader: path.endsWith('ts') ? 'ts' : 'js' };
    });
  },
};

/** Tables are long: parsed as JSON when a test needs them, and not as a program by every test. */
const tablesAsData = {
  name: 'tables-as-data',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onLoad({ filter: /\.json$/ }, ({ path }) => ({
      contents: `import { readFileSync } from 'node:fs'; export default JSON.parse(readFileSync(${JSON.stringify(path)}, 'utf8'));`,
      loader: 'js',
    }));
  },
};

/**
 * @param {readonly string[]} files test files, relative to the repository
 * @returns {Promise<string[]>} the bundled files, in the same order
 */
export async function bundleTests(files) {
  rmSync(bundledTests, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outdir: bundledTests,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // It runs programs that lie beside it.
    external: ['esbuild'],
    sourcemap: true,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    plugins: [placeOfSource, tablesAsData],
  });
  return files.map((file) => join(bundledTests, file.replace(/\.ts$/, '.mjs')));
}
