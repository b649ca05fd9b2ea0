/** Build contexts that a Dockerfile plausibly stands in: manifests of some ecosystem, and whatever its COPY lines name. */
import { buildGraph } from '../../../server/src/build/graph';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { INPUTS } from '../../corpus/facts';
import type { Random } from '../random';

const lock = (name: string, development: boolean): object => ({
  version: '1.2.3',
  resolved: `https://example.com/${name}-1.2.3.tgz`,
  ...(development && { dev: true }),
});

const NODE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    main: 'dist/index.js',
    scripts: { build: 'tsc', start: 'node dist/index.js', test: 'node --test' },
    dependencies: { express: '^4.18.0' },
    devDependencies: { typescript: '^5.4.0' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'shop',
    lockfileVersion: 3,
    packages: {
      '': { dependencies: { express: '^4.18.0' }, devDependencies: { typescript: '^5.4.0' } },
      'node_modules/express': lock('express', false),
      'node_modules/typescript': lock('typescript', true),
    },
  }),
  'index.js': "require('express')().listen(3000);\n",
  'app.js': "require('express')().listen(3000);\n",
  'src/index.ts': 'export const answer = 42;\n',
  'tsconfig.json': '{"compilerOptions":{"outDir":"dist"}}\n',
};

const KINDS: readonly Readonly<Record<string, string>>[] = [
  {},
  NODE,
  { ...NODE, 'yarn.lock': '# yarn lockfile v1\n', 'vite.config.ts': 'export default {};\n', 'index.html': '<p>\n' },
  { ...NODE, 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n", '.npmrc': 'fund=false\n' },
  {
    'requirements.txt': 'flask==3.0.3\ngunicorn==22.0.0\n',
    'app.py': 'import flask\napp = flask.Flask("shop")\n',
    'pyproject.toml': '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["flask"]\n',
  },
  { 'go.mod': 'module shop\n\ngo 1.22\n', 'go.sum': '', 'main.go': 'package main\n\nfunc main() {}\n' },
  {
    'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    'Cargo.lock': 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
    'src/main.rs': 'fn main() {}\n',
  },
  {
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.20)\nproject(shop C)\nadd_executable(shop src/main.c)\n',
    Makefile: 'shop: src/main.c\n\tcc -o shop src/main.c\n',
    'src/main.c': 'int main(void) { return 0; }\n',
  },
  {
    'pom.xml': '<project><artifactId>shop</artifactId><version>1</version></project>\n',
    'build.gradle': "plugins { id 'java' }\n",
    'src/main/java/Main.java': 'class Main { public static void main(String[] words) {} }\n',
  },
  {
    'shop.csproj': '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>\n',
    'Program.cs': 'Console.WriteLine(1);\n',
  },
  { Gemfile: "source 'https://example.com'\ngem 'sinatra'\n", 'Gemfile.lock': 'GEM\n', 'config.ru': 'run App\n' },
  { 'composer.json': '{"require":{}}\n', 'composer.lock': '{"packages":[]}\n', 'index.php': '<?php echo 1;\n' },
];

/** What hardly any image needs. */
const LITTER: Readonly<Record<string, string>> = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  '.git/objects/ab/cdef': 'x'.repeat(4000),
  'node_modules/left/index.js': 'module.exports = 1;\n',
  '.env': 'TOKEN=abc\n',
  'README.md': '# Shop\n',
};

/** A context for a text, or none that is known. */
export function randomContext(text: string, random: Random): Readonly<Record<string, string>> | undefined {
  if (random.chance(0.05)) return undefined;
  return {
    Dockerfile: text,
    ...(random.chance(0.5) ? { ...NODE } : {}),
    ...random.pick(KINDS),
    ...(random.chance(0.5) ? LITTER : {}),
    ...(random.chance(0.85) ? namedFiles(text) : {}),
    ...(random.chance(0.2) ? { '.dockerignore': random.pick(['.git\n', 'node_modules\n', '*.md\n.git\n', '']) } : {}),
  };
}

/** A file for each path that COPY and ADD name, or a folder with one where the name looks like a folder's. */
function namedFiles(text: string): Readonly<Record<string, string>> {
  const graph = buildGraph(parseDockerfile(text), { buildArguments: {}, platform: INPUTS.platform }, () => undefined);
  const files: Record<string, string> = {};
  for (const { operation } of graph.stages.flatMap(({ steps }) => steps)) {
    if (operation.kind !== 'copy' || operation.origin.kind !== 'context') continue;
    for (const source of operation.sources) {
      if (source.kind !== 'path' || source.path === '') continue;
      const path = source.path.replaceAll(/[*?[\]]/g, 'x');
      const folder = source.written.endsWith('/') || !/\.[^/]+$/.test(path);
      files[folder ? `${path}/file.txt` : path] = `${path}\n`;
    }
  }
  return withoutFilesAsFolders(files);
}

/** A path cannot be a file and a folder. */
function withoutFilesAsFolders(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const paths = Object.keys(files);
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))),
  );
}
