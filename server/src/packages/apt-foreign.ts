/** Repositories that scripts add to apt's sources, whose packages replace the distribution's. */
import type { RunCommand } from '../shell/types';

export interface ForeignRepository {
  readonly name: string;
  /** Packages that come from it once it is there. */
  readonly packages: readonly RegExp[];
}

const KNOWN: readonly { readonly url: RegExp; readonly repository: ForeignRepository }[] = [
  { url: /\bdeb\.nodesource\.com\b/, repository: { name: 'NodeSource', packages: [/^nodejs$/] } },
  {
    url: /\bapt\.postgresql\.org\b/,
    repository: { name: 'PostgreSQL', packages: [/^postgresql(-|$)/, /^libpq(5|-dev)$/] },
  },
  { url: /\bdl\.google\.com\/linux\b/, repository: { name: 'Google', packages: [/^google-/] } },
  {
    url: /\bdownload\.docker\.com\b/,
    repository: { name: 'Docker', packages: [/^(docker-ce|containerd\.io|docker-.*-plugin)/] },
  },
  {
    url: /\bpackages\.microsoft\.com\b/,
    repository: { name: 'Microsoft', packages: [/^(dotnet|aspnetcore|powershell|msodbcsql|mssql)/] },
  },
  { url: /\bpackages\.sury\.org\b/, repository: { name: 'sury.org', packages: [/^php/] } },
  { url: /\bapt\.llvm\.org\b/, repository: { name: 'LLVM', packages: [/^(clang|llvm|lld|lldb|libc\+\+)/] } },
  { url: /\bnginx\.org\/packages\b/, repository: { name: 'nginx.org', packages: [/^nginx/] } },
];

/** By the name under which an effect's memory has it. */
export const foreignByName: ReadonlyMap<string, ForeignRepository> = new Map(
  KNOWN.map(({ repository }) => [repository.name, repository]),
);

function texts(command: RunCommand): string[] {
  const own = command.words.map((word) => word.value ?? word.text);
  const from = command.pipe?.from;
  return from === undefined ? own : [...own, ...from.words.map((word) => word.value ?? word.text)];
}

/**
 * The repository whose set-up script a command runs: `curl https://deb.nodesource.com/setup_22.x | bash -`,
 * `add-apt-repository`, `extrepo`. Undefined for all other commands.
 */
export function foreignOf(command: RunCommand): ForeignRepository | undefined {
  const shell = command.name === 'bash' || command.name === 'sh';
  if (!(shell && command.pipe?.from !== undefined) && command.name !== 'add-apt-repository') return undefined;
  const all = texts(command);
  return KNOWN.find(({ url }) => all.some((text) => url.test(text)))?.repository;
}
