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

const needlessFiles: readonly { readonly name: RegExp; readonly kind: NeedlessKind }[] = [
  { name: /^(?:.+\.log|npm-debug\.log.*|yarn-error\.log.*)$/, kind: 'log' },
  { name: /^(?:\.DS_Store|Thumbs\.db|.+\.sw[op])$/, kind: 'editor' },
  { name: /^(?:\.coverage|\.eslintcache)$/, kind: 'cache' },
];

const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;

/** Names of files, and of the folder they lie in where the name alone says little. */
const secretFiles: readonly {
  readonly name: RegExp;
  readonly folder?: RegExp;
  readonly kind: SecretKind;
  readonly content?: RegExp;
}[] = [
  // What ends so is a form to fill in.
  { name: /^\.env(?!.*\.(?:example|sample|template|tmpl|dist|defaults?|schema|vault)$)(?:\..+)?$/, kind: 'settings' },
  { name: /^\.envrc$/, kind: 'settings' },
  { name: /^id_(?:rsa|dsa|ecdsa|ed25519)$/, kind: 'private key' },
  { name: /\.ppk$/, kind: 'private key' },
  { name: /\.(?:pem|key)$/, kind: 'private key', content: privateKey },
  { name: /\.(?:p12|pfx|jks|keystore|kdbx)$/, kind: 'key store' },
  {
    name: /^\.npmrc$/,
    kind: 'token',
    // A variable of the environment is no secret.
    content: /^[ \t]*(?:\/\/[^\n=]*:)?_(?:authToken|auth|password)[ \t]*=[ \t]*["']?(?!\$\{)[^\s"']/m,
  },
  {
    name: /^\.yarnrc\.yml$/,
    kind: 'token',
    content: /^[ \t]*npmAuth(?:Token|Ident)[ \t]*:[ \t]*["']?(?!\$\{)[^\s"']/m,
  },
  { name: /^\.pypirc$/, kind: 'token', content: /^[ \t]*password[ \t]*[=:][ \t]*\S/m },
  { name: /^(?:\.netrc|_netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.dockercfg)$/, kind: 'credentials' },
  { name: /^config\.json$/, folder: /^\.docker$/, kind: 'credentials', content: /"auth"[ \t]*:[ \t]*"[^"]/ },
  { name: /^credentials$/, folder: /^\.aws$/, kind: 'credentials' },
  { name: /^config$/, folder: /^\.kube$/, kind: 'credentials' },
  { name: /^application_default_credentials\.json$/, kind: 'credentials' },
  { name: /^(?:.*service[-_]?account.*|credentials)\.json$/i, kind: 'credentials', content: privateKey },
  { name: /\.tfstate(?:\.backup)?$/, kind: 'credentials' },
  { name: /^(?:master\.key|\.vault_pass(?:word)?)$/, kind: 'credentials' },
];

/** What a folder is by its name; undefined where it says nothing. */
export function suspectFolder(name: string): NeedlessKind | undefined {
  return Object.hasOwn(needlessFolders, name) ? needlessFolders[name] : undefined;
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
