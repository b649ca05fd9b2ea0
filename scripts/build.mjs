// @ts-check
// Bundles the extension into dist/: node scripts/build.mjs [--production] [--watch]
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { context, build as esbuild } from 'esbuild';
import { formatBytes, formatDuration, isMain, root } from './steps.mjs';

/**
 * Each program of the extension: what it is made from and what it may leave to be found at run time. What `shares` is set for finds
 * analysis and facts in `analysis.js`.
 */
const bundles = [
  { output: 'client.js', entry: 'client/src/extension.ts', external: ['vscode'], shares: false },
  { output: 'server.js', entry: 'server/src/server.ts', external: [], shares: true },
  { output: 'strata.js', entry: 'server/src/cli.ts', external: [], shares: false, banner: '#!/usr/bin/env node' },
  { output: 'program.js', entry: 'server/src/cli/main.ts', external: [], shares: true },
  { output: 'worker.js', entry: 'server/src/facts/worker.ts', external: [], shares: false },
  { output: 'jobs.js', entry: 'server/src/facts/jobs.ts', external: [], shares: false },
  { output: 'context-archive.js', entry: 'server/src/facts/context-archive.ts', external: [], shares: false },
];
const sources = join(root, 'server', 'src');
const tables = join(sources, 'packages', 'data');
/** The table of official images, which is one of them. */
const officialImages = join(sources, 'images', 'official-images.json');

/**
 * Parts that lie in files of their own, by how they are imported: what the command line loads when it has begun to walk the build context,
 * the language server, and what a worker thread need not load to walk.
 */
const apart = new Map([
  ['./cli/main', './program.js'],
  ['../server', './server.js'],
  ['./jobs', './jobs.js'],
  ['./context-archive', './context-archive.js'],
]);
const partsApart = {
  name: 'parts-apart',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onResolve({ filter: /^\.{1,2}\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && apart.has(path) ? { path: apart.get(path), external: true } : undefined,
    );
  },
};

/**
 * Tables lie beside the programs, and what of them is long is read when something asks for it: most files that people open need none of the
 * packages, and JSON is read faster than a program.
 */
const tablesBeside = {
  name: 'tables-beside',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onLoad({ filter: /\.json$/ }, ({ path }) => {
      if (!path.startsWith(tables + sep) && path !== officialImages) return undefined;
      const table = /** @type {Record<string, unknown>} */ (JSON.parse(readFileSync(path, 'utf8')));
      const members = Object.entries(table).map(([name, value]) => {
        const [key, written] = [JSON.stringify(name), JSON.stringify(value)];
        return written.length > 10_000 ? `get ${key}() { return (known ??= read())[${key}]; }` : `${key}: ${written}`;
      });
      const lines = [
        "import { readFileSync } from 'node:fs';",
        "import { join } from 'node:path';",
        'let known;',
        `const read = () => JSON.parse(readFileSync(join(__dirname, 'data', ${JSON.stringify(basename(path))}), 'utf8'));`,
        `export default { ${members.join(', ')} };`,
      ];
      return { contents: lines.join('\n'), loader: 'js', resolveDir: root };
    });
  },
};

/** Libraries that most files that people open need nothing of: they lie in `libraries.js`. */
const libraries = [
  '@yarnpkg/parsers',
  'fzstd',
  'http-proxy-agent',
  'https-proxy-agent',
  'ipaddr.js',
  'js-yaml',
  'proxy-from-env',
  'semver',
  'smol-toml',
  'xz-decompress',
];

/** What hints need nothing of: it lies in `language-service.js`. */
const languageService = 'dockerfile-language-service';

/** Modules of Node's own that take a while to load and that the first hint needs nothing of. */
const builtins = ['crypto', 'dns', 'http', 'http2', 'https', 'tls', 'zlib'];

/**
 * An expression for a module that is loaded when something of it is first used; undefined for what is loaded with the program.
 * @param {string} path as it is imported
 * @param {string} importer
 */
function laterModule(path, importer) {
  if (builtins.includes(path.replace(/^node:/, ''))) return `require(${JSON.stringify(path)})`;
  if (!importer.startsWith(sources + sep)) return undefined;
  if (path === languageService) return "require('./language-service.js')";
  return libraries.includes(path) ? `require('./libraries.js')[${JSON.stringify(path)}]()` : undefined;
}

/** Each of them is loaded when something of it is first used. */
const modulesWhenUsed = {
  name: 'modules-when-used',
  /** @param {import('esbuild').PluginBuild} building */
  setup(building) {
    building.onResolve({ filter: /^[@a-z]/ }, ({ path, importer, namespace }) => {
      if (namespace === 'when-used') return { path, external: true };
      return laterModule(path, importer) === undefined ? undefined : { path, namespace: 'when-used' };
    });
    building.onResolve({ filter: /^\./, namespace: 'when-used' }, ({ path }) => ({ path, external: true }));
    building.onLoad({ filter: /.*/, namespace: 'when-used' }, async ({ path }) => {
      const found = await import(path);
      const names = new Set([...Object.keys(found), ...Object.keys(Object(found.default))]);
      const marked = names.has('__esModule');
      for (const name of ['default', 'module.exports', '__esModule']) names.delete(name);
      const contents = whenUsed(laterModule(path, sources + sep) ?? '', names);
      // What imports it asks for this at once, which must not load it.
      const mark = "Object.defineProperty(module.exports, '__esModule', { value: true });";
      return { contents: marked ? `${contents}\n${mark}` : contents, loader: 'js' };
    });
  },
};

/**
 * A module whose exports are read from another one when they are first used.
 * @param {string} other an expression
 * @param {Iterable<string>} names
 */
function whenUsed(other, names) {
  return [
    'let known;',
    `for (const name of ${JSON.stringify([...names].join(' '))}.split(' '))`,
    // Asking for a module that is there takes microseconds too, and versions are compared by the thousand.
    `  Object.defineProperty(module.exports, name, { enumerable: true, get: () => (known ??= ${other})[name] });`,
  ].join('\n');
}

/**
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function libraryOptions(production) {
  const members = libraries.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`);
  return {
    ...commonOptions('libraries.js', production),
    stdin: { contents: `module.exports = { ${members.join(', ')} };`, resolveDir: root, sourcefile: 'libraries.js' },
  };
}

/**
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function languageServiceOptions(production) {
  return { ...commonOptions('language-service.js', production), entryPoints: [languageService] };
}

/**
 * What of the code that server and command line share lies beside `analysis.js`, and is loaded when something of it is first used: hints and
 * hovers need no refactorings, and most days no builder is spoken to. Everybody else reaches a part through its door.
 */
const parts = [
  { output: 'refactorings.js', door: 'refactor/index.ts', owns: /^refactor\// },
  {
    output: 'builder.js',
    door: 'facts/builder-client.ts',
    owns: /^facts\/(?:builder-client\.ts$|http2-session\.ts$|buildkit-api\/)/,
  },
];

/** What only one program has, or needs before `analysis.js`. */
const ofOneProgram =
  /^(?:\.\.|(?:features|cli)\/|(?:cli|server|protocol)\.ts$|facts\/(?:compiled-code|cache-folder)\.ts$)/;

/**
 * Server and command line have most of their code in common: it lies in `analysis.js` and its parts, and they find it there by its path.
 * @param {Set<string>} asked gets the paths of modules that are to be found in `analysis.js`
 * @param {string} output the file that is being made
 * @returns {import('esbuild').Plugin}
 */
const sharedCode = (asked, output) => ({
  name: 'shared-code',
  setup(building) {
    building.onResolve({ filter: /^\.\.?\// }, async ({ path, importer, kind, resolveDir, pluginData, namespace }) => {
      if (pluginData === asked || namespace !== 'file' || importer === '') return undefined;
      const found = await building.resolve(path, { importer, kind, resolveDir, pluginData: asked });
      if (found.external || found.errors.length > 0) return found;
      const inside = relative(sources, found.path).split(sep).join('/');
      const part = parts.find(({ owns }) => owns.test(inside));
      if (part !== undefined && part.output !== output) {
        if (inside === part.door) return { path: inside, namespace: 'part', pluginData: part };
        return { errors: [{ text: `${inside} lies in ${part.output}, so it is to be had from ${part.door}` }] };
      }
      if (part !== undefined || output === 'analysis.js' || ofOneProgram.test(inside)) return found;
      asked.add(inside);
      return { path: inside, namespace: 'shared' };
    });
    building.onResolve({ filter: /^/, namespace: 'part' }, ({ path }) => ({ path, external: true }));
    building.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path }) => ({
      contents: `module.exports = require('./analysis.js')[${JSON.stringify(path)}]${path.endsWith('.json') ? '.default' : ''};`,
    }));
    building.onLoad({ filter: /.*/, namespace: 'part' }, async ({ path, pluginData: part }) => ({
      contents: whenUsed(`require('./${part.output}')`, await exportsOf(path)),
      loader: 'js',
    }));
  },
});

/**
 * Names that a module of the server exports.
 * @param {string} path from `server/src`
 */
async function exportsOf(path) {
  const { metafile } = await esbuild({
    entryPoints: [join(sources, path)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [tablesBeside],
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return Object.values(metafile.outputs).flatMap((made) => made.exports);
}

/**
 * A part of the shared code.
 * @param {(typeof parts)[number]} part
 * @param {Set<string>} asked
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function partOptions({ output, door }, asked, production) {
  return {
    ...commonOptions(output, production),
    entryPoints: [join(sources, door)],
    external: ['./analysis.js'],
    plugins: [partsApart, sharedCode(asked, output), modulesWhenUsed, tablesBeside],
  };
}

/**
 * `analysis.js` with the modules that were asked for.
 * @param {Set<string>} asked
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function sharedOptions(asked, production) {
  const contents = [...asked]
    .sort()
    .map((path) => `export * as ${JSON.stringify(path)} from ${JSON.stringify(`./${path}`)};`);
  return {
    ...commonOptions('analysis.js', production),
    stdin: { contents: contents.join('\n'), resolveDir: sources, sourcefile: 'analysis.ts', loader: 'ts' },
    external: parts.map(({ output }) => `./${output}`),
    plugins: [partsApart, sharedCode(asked, 'analysis.js'), modulesWhenUsed, tablesBeside],
  };
}

/**
 * @param {(typeof bundles)[number]} bundle
 * @param {boolean} production
 * @param {Set<string>} [asked] gets the modules that are to be found in `analysis.js`; without it the bundle has all it needs
 * @returns {import('esbuild').BuildOptions}
 */
function optionsOf(bundle, production, asked) {
  const shares = asked !== undefined && bundle.shares;
  const common = commonOptions(bundle.output, production);
  return {
    ...common,
    entryPoints: [bundle.entry],
    external: [...bundle.external, ...(shares ? ['./analysis.js', ...parts.map(({ output }) => `./${output}`)] : [])],
    plugins: [partsApart, ...(shares ? [sharedCode(asked, bundle.output), modulesWhenUsed] : []), tablesBeside],
    ...(bundle.banner ? { banner: { js: bundle.banner } } : {}),
  };
}

/**
 * @param {string} output
 * @param {boolean} production
 * @returns {import('esbuild').BuildOptions}
 */
function commonOptions(output, production) {
  return {
    absWorkingDir: root,
    outfile: join('dist', output),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [partsApart, tablesBeside],
    // As `require`: Node's own `import()` looks through all of a file for what it exports before it runs any of it.
    supported: { 'dynamic-import': false },
    // The UMD builds of some language-server packages call a `require` that a bundler cannot follow.
    mainFields: ['module', 'main'],
    minify: production,
    sourcemap: !production,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
  };
}

/** Indexes and tables that are read when needed lie beside the programs. */
function copyData() {
  mkdirSync(join(root, 'dist/data'), { recursive: true });
  for (const name of readdirSync(tables)) copyFileSync(join(tables, name), join(root, 'dist/data', name));
  // Without the spaces that make it readable.
  writeFileSync(
    join(root, 'dist/data', basename(officialImages)),
    JSON.stringify(JSON.parse(readFileSync(officialImages, 'utf8'))),
  );
}

/**
 * Makes one file; false when it failed, with the reason on stderr.
 * @param {string} output
 * @param {string} entry
 * @param {import('esbuild').BuildOptions} options
 */
async function made(output, entry, options) {
  if (!existsSync(join(root, entry))) {
    console.error(`build: ${entry} does not exist, so dist/${output} was not made`);
    return false;
  }
  try {
    await esbuild(options);
    return true;
  } catch (error) {
    // esbuild has printed each problem with its place.
    console.error(`build: ${entry} failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    return false;
  }
}

/**
 * Whether a file is plain ASCII. esbuild escapes other characters in strings, not in regular expressions, and one of them has Node decode and
 * keep the whole file with two bytes for each character.
 * @param {string} output
 */
function isPlain(output) {
  const text = readFileSync(join(root, 'dist', output), 'utf8');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const found = /[^\x00-\x7f]/.exec(text);
  if (found === null) return true;
  console.error(
    `build: dist/${output} is not plain ASCII, write \\u… instead: ${text.slice(Math.max(0, found.index - 60), found.index + 20)}`,
  );
  return false;
}

/**
 * Builds every bundle that has its source file.
 * @param {{ production?: boolean, quiet?: boolean }} [options]
 * @returns {Promise<boolean>} false when a bundle failed or its source file is missing; the reason is on stderr
 */
export async function build({ production = false, quiet = false } = {}) {
  const started = performance.now();
  if (production) rmSync(join(root, 'dist'), { recursive: true, force: true });
  /** @type {Set<string>} */
  const asked = new Set();
  const results = await Promise.all(
    bundles.map((bundle) => made(bundle.output, bundle.entry, optionsOf(bundle, production, asked))),
  );
  results.push(
    ...(await Promise.all(
      parts.map((part) => made(part.output, `server/src/${part.door}`, partOptions(part, asked, production))),
    )),
  );
  results.push(await made('analysis.js', 'server/src', sharedOptions(asked, production)));
  results.push(await made('libraries.js', 'server/src', libraryOptions(production)));
  results.push(await made('language-service.js', 'server/src', languageServiceOptions(production)));
  copyData();
  const names = [...bundles, ...parts].map(({ output }) => output);
  const outputs = [...names, 'analysis.js', 'libraries.js', 'language-service.js'].filter((_, index) => results[index]);
  if (production) results.push(...outputs.map(isPlain));
  if (!quiet && outputs.length > 0) {
    const sizes = outputs.map((output) => `${output} ${formatBytes(statSync(join(root, 'dist', output)).size)}`);
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
