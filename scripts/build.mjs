// @ts-check
// Bundles the extension into dist/: node scripts/build.mjs [--production] [--watch]
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { context, build as esbuild } from 'esbuild';
import { formatBytes, formatDuration, isMain, root } from './steps.mjs';

/** Each program of the extension: what it is made from and what it may leave to be found at run time. */
const bundles = [
  { output: 'client.js', entry: 'client/src/extension.ts', external: ['vscode'] },
  { output: 'server.js', entry: 'server/src/server.ts', external: [] },
  { output: 'strata.js', entry: 'server/src/cli.ts', external: [], banner: '#!/usr/bin/env node' },
  { output: 'program.js', entry: 'server/src/cli/main.ts', external: [] },
  { output: 'worker.js', entry: 'server/src/facts/worker.ts', external: [] },
];

/**
 * Parts of the command line that lie in files of their own, by how they are imported: what it loads when it has begun to walk the build
 * context, and the language server.
 */
const apart = new Map([
  ['./cli/main', './program.js'],
  ['../server', './server.js'],
]);
const partsApart = {
  name: 'parts-apart',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onResolve({ filter: /^\.\/cli\/main$|^\.\.\/server$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: apart.get(path), external: true } : undefined,
    );
  },
};

/**
 * @param {(typeof bundles)[number]} bundle
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function optionsOf(bundle, production) {
  return {
    absWorkingDir: root,
    entryPoints: [bundle.entry],
    outfile: join('dist', bundle.output),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: bundle.external,
    plugins: [partsApart],
    // As `require`: Node's own `import()` looks through all of a file for what it exports before it runs any of it.
    supported: { 'dynamic-import': false },
    // The UMD builds of some language-server packages call a `require` that a bundler cannot follow.
    mainFields: ['module', 'main'],
    minify: production,
    sourcemap: !production,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
    ...(bundle.banner ? { banner: { js: bundle.banner } } : {}),
  };
}

/** Indexes that are read when needed lie beside the programs; smaller tables are inside them. */
function copyData() {
  const from = join(root, 'server/src/packages/data');
  const names = existsSync(from) ? readdirSync(from) : [];
  const packed = names.filter((name) => name.endsWith('.br'));
  // What tells of them has the name of their distribution: debian.json beside debian-bookworm.br.
  const about = names.filter((name) => packed.some((each) => each.startsWith(`${name.replace(/\.json$/, '')}-`)));
  mkdirSync(join(root, 'dist/data'), { recursive: true });
  for (const name of [...packed, ...about]) copyFileSync(join(from, name), join(root, 'dist/data', name));
}

/**
 * Builds every bundle that has its source file.
 * @param {{ production?: boolean, quiet?: boolean }} [options]
 * @returns {Promise<boolean>} false when a bundle failed or its source file is missing; the reason is on stderr
 */
export async function build({ production = false, quiet = false } = {}) {
  const started = performance.now();
  if (production) rmSync(join(root, 'dist'), { recursive: true, force: true });
  const results = await Promise.all(
    bundles.map(async (bundle) => {
      if (!existsSync(join(root, bundle.entry))) {
        console.error(`build: ${bundle.entry} does not exist, so dist/${bundle.output} was not made`);
        return false;
      }
      try {
        await esbuild(optionsOf(bundle, production));
        return true;
      } catch (error) {
        // esbuild has printed each problem with its place.
        console.error(
          `build: ${bundle.entry} failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
        );
        return false;
      }
    }),
  );
  copyData();
  const made = bundles.filter((_, index) => results[index]);
  if (!quiet && made.length > 0) {
    const sizes = made.map(({ output }) => `${output} ${formatBytes(statSync(join(root, 'dist', output)).size)}`);
    console.log(`built dist/ in ${formatDuration(performance.now() - started)}: ${sizes.join(', ')}`);
  }
  return results.every(Boolean);
}

/** Builds again at each change until the process is ended. */
async function watch() {
  const contexts = await Promise.all(
    bundles.map((bundle) => context({ ...optionsOf(bundle, false), logLevel: 'info' })),
  );
  copyData();
  await Promise.all(contexts.map((each) => each.watch()));
  process.once('SIGINT', async () => {
    await Promise.all(contexts.map((each) => each.dispose()));
    process.exit(0);
  });
}

if (isMain(import.meta.url)) {
  if (process.argv.includes('--watch')) await watch();
  else if (!(await build({ production: process.argv.includes('--production') }))) process.exitCode = 1;
}
