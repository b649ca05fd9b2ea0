/**
 * What the names of files and folders say of them: what hardly any image needs, and what often holds a secret. The names are those that
 * github/gitignore lists for the tools that make them.
 */

/** Why something hardly belongs into an image. */
export type NeedlessKind = 'history' | 'installed' | 'output' | 'tests' | 'coverage' | 'cache' | 'editor' | 'log';

/** What a file that is kept secret holds. `settings`: those of an environment, which are not always secret. */
export type SecretKind = 'settings' | 'private key' | 'key store' | 'token' | 'credentials';

export type Suspicion =
  | { readonly concern: 'needless'; readonly kind: NeedlessKind }
  | {
      readonly concern: 'secret';
      readonly kind: SecretKind;
      /** The content decides, which the pattern is held against; the name says enough without it. */
      readonly content?: RegExp;
    };

const needlessFolders: Readonly<Record<string, NeedlessKind>> = {
  '.git': 'history',
  '.hg': 'history',
  '.svn': 'history',
  '.jj': 'history',
  node_modules: 'installed',
  bower_components: 'installed',
  '.venv': 'installed',
  __pypackages__: 'installed',
  __pycache__: 'cache',
  '.pytest_cache': 'cache',
  '.mypy_cache': 'cache',
  '.ruff_cache': 'cache',
  '.tox': 'cache',
  '.nox': 'cache',
  '.parcel-cache': 'cache',
  '.turbo': 'cache',
  '.gradle': 'cache',
  '.terraform': 'cache',
  '.sass-cache': 'cache',
  coverage: 'coverage',
  htmlcov: 'coverage',
  '.nyc_output': 'coverage',
  '.idea': 'editor',
  '.vscode': 'editor',
  '.vs': 'editor',
  '.fleet': 'editor',
  test: 'tests',
  tests: 'tests',
  __tests__: 'tests',
  e2e: 'tests',
  cypress: 'tests',
  dist: 'output',
  build: 'output',
  out: 'output',
  target: 'output',
  bin: 'output',
  obj: 'output',
  '.next': 'output',
  '.nuxt': 'output',
  '.svelte-kit': 'output',
};

/** A pattern for names. Each name that it takes begins or ends as one of `marks` says, in lower case: `^begin` or `end`. */
interface NamePattern {
  readonly name: RegExp;
  readonly marks: readonly string[];
}

const needlessFiles: readonly (NamePattern & { readonly kind: NeedlessKind })[] = [
  { name: /^(?:.+\.log|npm-debug\.log.*|yarn-error\.log.*)$/, marks: ['.log', '^npm-', '^yarn'], kind: 'log' },
  { name: /^(?:\.DS_Store|Thumbs\.db|.+\.sw[op])$/, marks: ['^.', 's.db', '.swo', '.swp'], kind: 'editor' },
  { name: /^(?:\.coverage|\.eslintcache)$/, marks: ['^.'], kind: 'cache' },
];

const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

/** Names of files, and of the folder they lie in where the name alone says little. */
const secretFiles: readonly (NamePattern & {
  readonly folder?: RegExp;
  readonly kind: SecretKind;
  readonly content?: RegExp;
})[] = [
  // What ends so is a form to fill in.
  {
    name: /^\.env(?!.*\.(?:example|sample|template|tmpl|dist|defaults?|schema|vault)$)(?:\..+)?$/,
    marks: ['^.'],
    kind: 'settings',
  },
  { name: /^\.envrc$/, marks: ['^.'], kind: 'settings' },
  { name: /^id_(?:rsa|dsa|ecdsa|ed25519)$/, marks: ['^id_'], kind: 'private key' },
  { name: /\.ppk$/, marks: ['.ppk'], kind: 'private key' },
  { name: /\.(?:pem|key)$/, marks: ['.pem', '.key'], kind: 'private key', content: privateKey },
  { name: /\.(?:p12|pfx|jks|keystore|kdbx)$/, marks: ['.p12', '.pfx', '.jks', 'tore', 'kdbx'], kind: 'key store' },
  {
    name: /^\.npmrc$/,
    marks: ['^.'],
    kind: 'token',
    // A variable of the environment is no secret.
    content: /^[ \t]*(?:\/\/[^\n=]*:)?_(?:authToken|auth|password)[ \t]*=[ \t]*["']?(?!\$\{)[^\s"']/m,
  },
  {
    name: /^\.yarnrc\.yml$/,
    marks: ['^.'],
    kind: 'token',
    content: /^[ \t]*npmAuth(?:Token|Ident)[ \t]*:[ \t]*["']?(?!\$\{)[^\s"']/m,
  },
  { name: /^\.pypirc$/, marks: ['^.'], kind: 'token', content: /^[ \t]*password[ \t]*[=:][ \t]*\S/m },
  {
    name: /^(?:\.netrc|_netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.dockercfg)$/,
    marks: ['^.', '^_'],
    kind: 'credentials',
  },
  {
    name: /^config\.json$/,
    marks: ['json'],
    folder: /^\.docker$/,
    kind: 'credentials',
    content: /"auth"[ \t]*:[ \t]*"[^"]/,
  },
  { name: /^credentials$/, marks: ['^cred'], folder: /^\.aws$/, kind: 'credentials' },
  { name: /^config$/, marks: ['nfig'], folder: /^\.kube$/, kind: 'credentials' },
  { name: /^application_default_credentials\.json$/, marks: ['json'], kind: 'credentials' },
  {
    name: /^(?:.*service[-_]?account.*|credentials)\.json$/i,
    marks: ['json'],
    kind: 'credentials',
    content: privateKey,
  },
  { name: /\.tfstate(?:\.backup)?$/, marks: ['tate', 'ckup'], kind: 'credentials' },
  { name: /^(?:master\.key|\.vault_pass(?:word)?)$/, marks: ['.key', '^.'], kind: 'credentials' },
];

/** What a folder is by its name; undefined where it says nothing. */
export function suspectFolder(name: string): NeedlessKind | undefined {
  return Object.hasOwn(needlessFolders, name) ? needlessFolders[name] : undefined;
}

/** At most four bytes at an end of a name as one number, letters in lower case. */
function packed(bytes: ArrayLike<number>, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    number = (number << 8) | (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);
  }
  return number;
}

const begins = [1, 2, 3, 4].map((length) => ({ length, marks: new Set<number>() }));
const ends = [1, 2, 3, 4].map((length) => ({ length, marks: new Set<number>() }));
for (const mark of [...needlessFiles, ...secretFiles].flatMap(({ marks }) => marks)) {
  const text = mark.startsWith('^') ? mark.slice(1) : mark;
  const codes = [...text].map((character) => character.charCodeAt(0));
  (mark.startsWith('^') ? begins : ends)[codes.length - 1]?.marks.add(packed(codes, 0, codes.length));
}
const usedBegins = begins.filter(({ marks }) => marks.size > 0);
const usedEnds = ends.filter(({ marks }) => marks.size > 0);

/**
 * Whether a file's name, in UTF-8 between two places, may say something; false only where `suspectFile` finds nothing. Most names of a large
 * context are told by a few bytes, and need not become text.
 */
export function mayBeSuspect(names: Uint8Array, start: number, end: number): boolean {
  for (const { length, marks } of usedBegins) {
    if (start + length <= end && marks.has(packed(names, start, start + length))) return true;
  }
  for (const { length, marks } of usedEnds) {
    if (start + length <= end && marks.has(packed(names, end - length, end))) return true;
  }
  return false;
}

/** What a file is by its name and the name of its folder; undefined where they say nothing. */
export function suspectFile(name: string, folder: string): Suspicion | undefined {
  const secret = secretFiles.find((each) => each.name.test(name) && (each.folder?.test(folder) ?? true));
  if (secret !== undefined) {
    return {
      concern: 'secret',
      kind: secret.kind,
      ...(secret.content === undefined ? {} : { content: secret.content }),
    };
  }
  const needless = needlessFiles.find((each) => each.name.test(name));
  return needless === undefined ? undefined : { concern: 'needless', kind: needless.kind };
}
