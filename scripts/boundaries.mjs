// @ts-check
// Checks that dependencies point one way and that the pure part stays pure: node scripts/boundaries.mjs
// docs/architecture.md explains the rules; the tables below are the rules.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { globSync } from 'tinyglobby';
import { isMain, root } from './steps.mjs';

/**
 * @typedef {object} ModuleRule
 * @property {boolean} pure no I/O, clock, chance, process or editor protocol: it runs in a browser worker too
 * @property {readonly string[]} imports modules it may import
 * @property {readonly string[]} [types] modules or files it may import types from, beyond those
 * @property {readonly string[]} [packages] npm packages it may import
 */

/** Files without dependencies of their own: sentences in the user's language, and hashing. Everybody may use them. */
const ground = ['localize', 'sha256'];

const levels = {
  text: ['dockerfile'],
  graph: ['dockerfile', 'build'],
  subjects: ['dockerfile', 'build', 'shell', 'context', 'images', 'packages'],
  answers: ['dockerfile', 'build', 'shell', 'context', 'images', 'packages', 'size', 'cache'],
};
/** The report is the value that the modules below it fill in, so they may name its types. */
const contract = ['report/types', 'report/facts'];

/** @type {Readonly<Record<string, ModuleRule>>} */
export const rules = {
  localize: { pure: true, imports: [] },
  sha256: { pure: true, imports: [], packages: ['@noble/hashes'] },
  protocol: { pure: true, imports: [], types: contract },
  dockerfile: { pure: true, imports: [] },
  // What is known of a base image (its environment, user, ONBUILD) is an input of the graph.
  build: { pure: true, imports: levels.text, types: ['images/types'] },
  shell: { pure: true, imports: levels.graph, packages: ['unbash'] },
  context: { pure: true, imports: levels.graph },
  images: { pure: true, imports: levels.graph },
  packages: {
    pure: true,
    imports: [...levels.graph, 'shell', 'images'],
    packages: ['smol-toml', 'js-yaml', '@yarnpkg/parsers', 'semver'],
  },
  size: { pure: true, imports: levels.subjects, types: contract },
  cache: { pure: true, imports: levels.subjects, types: contract },
  refactor: { pure: true, imports: levels.answers, types: contract },
  report: { pure: true, imports: [...levels.answers, 'refactor'] },
  facts: {
    pure: false,
    imports: [...levels.answers, 'refactor', 'report'],
    packages: [
      'tar-stream',
      'xz-decompress',
      'fzstd',
      'unbzip2-stream',
      '@bufbuild/protobuf',
      '@bufbuild/protobuf/codegenv2',
      '@bufbuild/protobuf/wkt',
      '@connectrpc/connect',
      '@connectrpc/connect-node',
      'http-proxy-agent',
      'https-proxy-agent',
      'ipaddr.js',
      'proxy-from-env',
    ],
  },
  features: {
    pure: false,
    imports: [...levels.answers, 'refactor', 'report', 'facts', 'protocol'],
    packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', 'dockerfile-language-service'],
  },
  server: {
    pure: false,
    imports: [...levels.answers, 'refactor', 'report', 'facts', 'features', 'protocol'],
    packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', 'dockerfile-language-service'],
  },
  cli: {
    pure: false,
    imports: [...levels.answers, 'refactor', 'report', 'facts', 'server', 'protocol', 'package.json'],
    packages: ['commander', 'picocolors', 'string-width'],
  },
};

/** What the client may import besides its own files. */
const client = {
  packages: ['vscode', 'vscode-languageclient'],
  // Sizes, costs and statuses read the same on every surface, so the formatter and the words are shared.
  imports: ['protocol', 'localize', 'size/format', 'report/words'],
  types: ['report/types'],
};

/** Names that reach out of a pure module. */
const impure = [
  { pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/g, what: 'reads a clock' },
  { pattern: /\bMath\.random\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/g, what: 'uses chance' },
  { pattern: /(?<![.\w$])process\s*[.[]/g, what: 'uses the process' },
  { pattern: /(?<![.\w$])(?:setTimeout|setInterval|setImmediate|fetch|require)\s*\(/g, what: 'reaches outside' },
  { pattern: /(?<![.\w$])(?:Buffer|__dirname|__filename)\b/g, what: 'needs Node' },
];

/**
 * Source text with comments and the insides of literals blanked, so that what is left is code. Lengths and line
 * breaks stay, so offsets mean the same in both.
 * @param {string} source
 * @returns {string}
 */
export function blankLiterals(source) {
  const out = source.split('');
  /** @type {number[]} brace depth at which each open template expression ends */
  const templates = [];
  let depth = 0;
  let before = '';
  const blank = (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let index = from; index < to; index++) if (out[index] !== '\n') out[index] = ' ';
  };
  /** @returns {number} offset after the template's text, at its end or behind a `${` */
  const skipTemplate = (/** @type {number} */ start) => {
    let at = start;
    while (at < source.length) {
      if (source[at] === '\\') at += 2;
      else if (source[at] === '`') {
        blank(start, at);
        return at + 1;
      } else if (source.startsWith('${', at)) {
        blank(start, at);
        templates.push(depth);
        depth += 1;
        return at + 2;
      } else at += 1;
    }
    blank(start, at);
    return at;
  };
  let at = 0;
  while (at < source.length) {
    const char = source[at] ?? '';
    const two = source.slice(at, at + 2);
    if (two === '//' || two === '/*') {
      const close = two === '//' ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2;
      const end = close < at + 2 ? source.length : close;
      blank(at, end);
      at = end;
      continue;
    }
    if (char === "'" || char === '"') {
      let end = at + 1;
      while (end < source.length && source[end] !== char && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1;
      blank(at + 1, end);
      at = end + 1;
      before = char;
      continue;
    }
    if (char === '`') {
      at = skipTemplate(at + 1);
      before = source[at - 1] ?? '';
      continue;
    }
    // A slash begins a regular expression where an operand is expected.
    if (
      char === '/' &&
      (/[(,=:[!&|?{};+\-*%~^<>]/.test(before) ||
        before === '' ||
        /\b(?:return|typeof|case|of|in)\s*$/.test(source.slice(Math.max(0, at - 12), at)))
    ) {
      let end = at + 1;
      let inClass = false;
      while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
        if (source[end] === '[') inClass = true;
        else if (source[end] === ']') inClass = false;
        end += source[end] === '\\' ? 2 : 1;
      }
      blank(at + 1, end);
      at = end + 1;
      before = '/';
      continue;
    }
    if (char === '{') depth += 1;
    if (char === '}') {
      depth -= 1;
      if (templates.at(-1) === depth) {
        templates.pop();
        at = skipTemplate(at + 1);
        before = source[at - 1] ?? '';
        continue;
      }
    }
    if (/\S/.test(char)) before = char;
    at += 1;
  }
  return out.join('');
}

/**
 * @param {string} source
 * @returns {{ specifier: string, typeOnly: boolean, line: number }[]} every import, re-export and dynamic import
 */
export function importsOf(source) {
  const code = blankLiterals(source);
  // Literals are blanked but their quotes stay, so the specifier is read from the source at the same offset.
  const pattern =
    /\b(import|export)\s+(type\s+)?(?:[\w$*{][^;'"]*?\bfrom\s*)?(['"])|\bimport\s*\(\s*(['"])|\brequire\s*\(\s*(['"])/g;
  return [...code.matchAll(pattern)].map((match) => {
    const start = match.index + match[0].length;
    const quote = match[3] ?? match[4] ?? match[5] ?? "'";
    const clause = match[0];
    const named = /\{([^}]*)\}/.exec(clause);
    // `import { type A, type B }` imports nothing at run time either; verbatimModuleSyntax keeps the statement.
    const allTypes =
      named !== null &&
      !/\b(?:import|export)\s+[\w$]+\s*,/.test(clause) &&
      (named[1] ?? '').split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim()));
    return {
      specifier: source.slice(start, source.indexOf(quote, start)),
      typeOnly: match[2] !== undefined || allTypes,
      line: lineAt(source, match.index),
    };
  });
}

/** @returns {number} from 1 */
function lineAt(/** @type {string} */ source, /** @type {number} */ offset) {
  return source.slice(0, offset).split('\n').length;
}

/** `server/src/cache/key.ts` is `cache/key`, of module `cache`. */
function placeOf(/** @type {string} */ file) {
  const path = file.replace(/^server\/src\//, '').replace(/\.ts$/, '');
  return { path, module: path.split('/')[0] ?? path };
}

/**
 * @param {{ path: string, module: string }} target
 * @param {readonly string[]} allowed
 */
function isAllowed(target, allowed) {
  return allowed.includes(target.module) || allowed.includes(target.path);
}

/** @returns {string} `vscode-languageserver/node` belongs to the package `vscode-languageserver` */
function packageOf(/** @type {string} */ specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * @param {string} file path in the repository, with forward slashes
 * @param {string} source
 * @returns {{ line: number, message: string }[]} what breaks the rules
 */
export function check(file, source) {
  return file.startsWith('client/') ? checkClient(file, source) : checkServer(file, source);
}

function checkServer(/** @type {string} */ file, /** @type {string} */ source) {
  const place = placeOf(file);
  const rule = rules[place.module];
  if (!rule) {
    return [{ line: 1, message: `${place.module} is not a module of scripts/boundaries.mjs: give it its rule there` }];
  }
  const problems = [];
  for (const { specifier, typeOnly, line } of importsOf(source)) {
    if (specifier.startsWith('.')) {
      const target = placeOf(posix.normalize(posix.join(posix.dirname(file), specifier)));
      if (target.path.startsWith('client/')) {
        problems.push({ line, message: `the server may not import the client (${specifier})` });
      } else if (specifier.endsWith('.json') && target.path.startsWith('..')) {
        problems.push({ line, message: `${specifier} lies outside server/src` });
      } else if (
        target.module !== place.module &&
        !ground.includes(target.module) &&
        !isAllowed(target, rule.imports) &&
        !(typeOnly && isAllowed(target, rule.types ?? []))
      ) {
        const nearly = isAllowed(target, rule.types ?? []) ? ' except with `import type`' : '';
        problems.push({ line, message: `${place.module} may not import ${target.path}${nearly}` });
      }
    } else if (specifier.startsWith('node:')) {
      if (rule.pure) problems.push({ line, message: `${place.module} is pure and may not import ${specifier}` });
    } else if (!(rule.packages ?? []).includes(packageOf(specifier))) {
      const only = rule.packages?.length ? `only ${rule.packages.join(', ')}` : 'no package';
      problems.push({ line, message: `${place.module} may import ${only}, not ${specifier}` });
    }
  }
  if (rule.pure) {
    const code = blankLiterals(source);
    for (const { pattern, what } of impure) {
      for (const match of code.matchAll(pattern)) {
        problems.push({
          line: lineAt(source, match.index),
          message: `${place.module} is pure and may not use ${match[0].replace(/\s*[([.]$/, '')} (${what})`,
        });
      }
    }
  }
  return problems;
}

function checkClient(/** @type {string} */ file, /** @type {string} */ source) {
  const problems = [];
  for (const { specifier, typeOnly, line } of importsOf(source)) {
    if (specifier.startsWith('node:')) continue;
    if (!specifier.startsWith('.')) {
      if (!client.packages.includes(packageOf(specifier))) {
        problems.push({ line, message: `the client may import only ${client.packages.join(', ')}, not ${specifier}` });
      }
      continue;
    }
    const path = posix.normalize(posix.join(posix.dirname(file), specifier));
    if (path.startsWith('client/src/')) continue;
    const target = placeOf(path);
    if (isAllowed(target, client.imports) || (typeOnly && isAllowed(target, client.types))) continue;
    const nearly = isAllowed(target, client.types) ? ' except with `import type`' : '';
    problems.push({ line, message: `the client may not import ${path}${nearly}` });
  }
  return problems;
}

if (isMain(import.meta.url)) {
  const files = globSync(['client/src/**/*.ts', 'server/src/**/*.ts'], { cwd: root }).sort();
  let count = 0;
  for (const file of files) {
    for (const { line, message } of check(file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8'))) {
      console.error(`${file}:${line}: ${message}`);
      count += 1;
    }
  }
  if (count > 0) {
    console.error(
      `\n${count} imports or uses cross a boundary (rules: scripts/boundaries.mjs, reasons: docs/architecture.md)`,
    );
    process.exitCode = 1;
  } else if (files.length === 0) {
    console.error('boundaries: no source file found');
    process.exitCode = 1;
  } else {
    console.log(`${files.length} files keep the boundaries`);
  }
}
