/** Small applications, each with a Dockerfile of one stage, and how to ask them whether they still work. */
export interface SplitCase {
  /** Folder below test/fixtures/split-applications. */
  readonly folder: string;
  /** Dockerfile in it. */
  readonly file: string;
  readonly rule: string;
  /** A file of the application that somebody works at. */
  readonly source: string;
  /** Images that the two files stand on. */
  readonly bases: readonly string[];
  readonly ask: /** `port`: where it listens when the variable PORT does not tell it. */
    | { readonly kind: 'http'; readonly paths: readonly string[]; readonly port?: number }
    | { readonly kind: 'output'; readonly arguments: readonly string[] };
  /** Takes minutes: only with STRATA_REFACTOR=all. */
  readonly heavy?: true;
  /** What the single stage opens and the runtime stage does without, and why. */
  readonly notNeeded?: readonly (readonly [pattern: RegExp, why: string])[];
}

const linked: readonly [RegExp, string] = [
  /\.so[.\d]*$|\/ld\.so\.|\/etc\/nsswitch\.conf$/,
  'the program is linked without the C library',
];
const bundled: readonly [RegExp, string] = [
  /^\/etc\/ssl\/certs\/.*\.pem$/,
  'ca-certificates.crt holds the same certificates',
];
const openssl: readonly [RegExp, string] = [
  /^\/etc\/ssl\/openssl\.cnf$/,
  'comes with the command openssl, which slim images lack; Node.js goes on without it',
];
const cached: readonly [RegExp, string] = [/\/__pycache__\//, 'written when the application runs'];
const packagesMoved: readonly [RegExp, string] = [
  /^\/usr\/local\/(?:bin|lib\/python3[.\d]*\/dist-packages)\/|^\/usr\/lib\/python3\/dist-packages/,
  'packages lie in the virtual environment',
];
const debian = ['debian:bookworm', 'debian:bookworm-slim'];

export const splitCases: readonly SplitCase[] = [
  {
    folder: 'go-service',
    file: 'Dockerfile',
    rule: 'split-go',
    source: 'cmd/server/main.go',
    bases: ['golang:1.19-bookworm'],
    ask: {
      kind: 'http',
      paths: ['/', '/static/board.css', '/zone', '/certificates', '/temporary', '/user', '/nothing'],
    },
    notNeeded: [linked, bundled],
  },
  {
    folder: 'c-board',
    file: 'Dockerfile',
    rule: 'split-c',
    source: 'title.c',
    bases: debian,
    ask: { kind: 'output', arguments: [] },
    heavy: true,
  },
  {
    folder: 'cpp-cmake',
    file: 'Dockerfile',
    rule: 'split-c',
    source: 'src/page.cpp',
    bases: debian,
    ask: { kind: 'http', paths: ['/', '/nothing'] },
    heavy: true,
  },
  {
    folder: 'python-service',
    file: 'Dockerfile',
    rule: 'split-python',
    source: 'app.py',
    bases: ['python:3.11-slim'],
    ask: { kind: 'http', paths: ['/', '/words', '/sum', '/sqlite', '/tls', '/nothing'] },
    heavy: true,
    notNeeded: [packagesMoved, cached],
  },
  {
    folder: 'python-service',
    file: 'Dockerfile.full',
    rule: 'split-python',
    source: 'app.py',
    bases: ['python:3.11', 'python:3.11-slim'],
    ask: { kind: 'http', paths: ['/', '/words', '/sum', '/sqlite', '/tls', '/nothing'] },
    heavy: true,
    notNeeded: [packagesMoved, cached],
  },
  {
    folder: 'vite-site',
    file: 'Dockerfile',
    rule: 'split-static',
    source: 'src/main.js',
    bases: ['node:20', 'nginx:stable-alpine'],
    ask: { kind: 'http', paths: ['/', '/words.json', '/a/page/of/the/router'], port: 43_987 },
    notNeeded: [[/./, 'nginx hands out the files that another server did']],
  },
  {
    folder: 'express-server',
    file: 'Dockerfile',
    rule: 'split-node',
    source: 'server.js',
    bases: ['node:20', 'node:20-slim'],
    ask: { kind: 'http', paths: ['/', '/client.js', '/words', '/nothing'] },
    heavy: true,
    notNeeded: [openssl],
  },
  {
    folder: 'pnpm-server',
    file: 'Dockerfile',
    rule: 'split-node',
    source: 'src/server.ts',
    bases: ['node:20', 'node:20-slim'],
    ask: { kind: 'http', paths: ['/', '/nothing'] },
    heavy: true,
    notNeeded: [openssl],
  },
  {
    folder: 'next-site',
    file: 'Dockerfile',
    rule: 'split-node',
    source: 'app/api/words/route.js',
    bases: ['node:20', 'node:20-slim'],
    ask: { kind: 'http', paths: ['/api/words', '/about.txt'] },
    heavy: true,
    notNeeded: [[/./, 'the server reads what Next.js put together for it, in other folders']],
  },
  {
    folder: 'ruby-board',
    file: 'Dockerfile',
    rule: 'split-ruby',
    source: 'views/page.html',
    bases: ['ruby:3.1-bookworm', 'ruby:3.1-slim-bookworm'],
    ask: { kind: 'http', paths: ['/', '/words', '/owner', '/nothing'] },
    heavy: true,
  },
  {
    folder: 'php-board',
    file: 'Dockerfile',
    rule: 'split-php',
    source: 'src/build.php',
    bases: ['php:8.2-cli-bookworm'],
    ask: { kind: 'http', paths: ['/', '/sum', '/page', '/owner'] },
    heavy: true,
  },
  {
    folder: 'php-board',
    file: 'Dockerfile.page',
    rule: 'split-php',
    source: 'src/build.php',
    bases: ['php:8.2-cli-bookworm'],
    ask: { kind: 'http', paths: ['/', '/sum', '/page', '/owner'] },
    heavy: true,
  },
  {
    folder: 'rust-board',
    file: 'Dockerfile',
    rule: 'split-rust',
    source: 'src/main.rs',
    bases: ['rust:1.63-bookworm', 'debian:bookworm-slim'],
    ask: { kind: 'http', paths: ['/', '/nothing'] },
    heavy: true,
    notNeeded: [[/^\/usr\/local\/cargo\/bin\/board$/, 'carried to /usr/local/bin']],
  },
  {
    folder: 'java-board',
    file: 'Dockerfile',
    rule: 'split-java',
    source: 'Board.java',
    bases: ['eclipse-temurin:17-jdk', 'eclipse-temurin:17-jre'],
    ask: { kind: 'http', paths: ['/', '/nothing'] },
    heavy: true,
    // The virtual machine goes to its folder below /tmp for that, so the name stands alone.
    notNeeded: [[/\/\d+$/, 'what the virtual machine tells of itself']],
  },
];
