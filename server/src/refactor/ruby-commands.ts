/** What commands of Bundler and RubyGems do to an image, as far as splitting it goes. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { InterpretedDeed } from './interpreted-reading';
import { pathsOf } from './split-deeds';
import { absolutePath, type CopiedPath, contextPathOf } from './split-stage';
import { type SingleStage, within } from './split-types';

/** GEM_HOME and BUNDLE_APP_CONFIG of the official image (docker-library/ruby, `Dockerfile.template`). */
const officialFolder = '/usr/local/bundle';

/** What `bundle config` and options of earlier commands settled. */
interface Settled {
  path?: string;
  hidden: boolean;
  deployment: boolean;
}

/** The deeds of a stage's commands, asked in the order in which they run. */
export function rubyDeeds(
  single: SingleStage,
  copied: readonly CopiedPath[],
): (command: RunCommand) => InterpretedDeed | undefined {
  const settled: Settled = { hidden: false, deployment: false };
  const trees = new Set<string>([officialFolder]);
  return (command) => {
    const { name = '' } = command;
    if (name === 'bundle' || name === 'bundler') return bundleDeed(command, settled, trees, single, copied);
    if (name === 'gem') return gemDeed(command, trees);
    if (/^(?:rake|rails|ruby|npm|npx|yarn|pnpm|node|webpack|bootsnap|sass|esbuild)$/.test(name))
      return { kind: 'project' };
    if (name !== 'rm') return undefined;
    const paths = pathsOf(command);
    return paths.length > 0 && paths.every((path) => [...trees].some((tree) => within(path, tree)))
      ? { kind: 'prepare' }
      : undefined;
  };
}

function bundleDeed(
  command: RunCommand,
  settled: Settled,
  trees: Set<string>,
  single: SingleStage,
  copied: readonly CopiedPath[],
): InterpretedDeed {
  const words = command.words.map(({ value, text }) => value ?? text);
  const plain = words.filter((word) => !word.startsWith('-'));
  const verb = words[0]?.startsWith('-') === true ? 'install' : (plain[0] ?? 'install');
  if (verb === 'config') return configDeed(command, words, settled);
  if (/^(?:exec|binstubs|init|add|remove|update|package|cache|gem)$/.test(verb)) return { kind: 'project' };
  if (!/^(?:install|i)$/.test(verb)) return { kind: 'prepare' };
  const option = words.indexOf('--path');
  const joined = words.find((word) => word.startsWith('--path='))?.slice(7);
  const written = joined ?? (option < 0 ? undefined : command.words[option + 1]?.value);
  if (option >= 0 || joined !== undefined) settle(settled, written);
  const { environment } = command;
  const deployment =
    settled.deployment ||
    words.includes('--deployment') ||
    /^(?:1|true)$/.test(environment.get('BUNDLE_DEPLOYMENT') ?? '');
  if (environment.has('BUNDLE_PATH')) settle(settled, environment.get('BUNDLE_PATH'));
  const path = settled.path ?? (deployment ? 'vendor/bundle' : (environment.get('GEM_HOME') ?? officialFolder));
  const folder = settled.hidden ? undefined : absolutePath(path, command.directory);
  if (folder === undefined)
    return { kind: 'refused', reason: t('it is not known where {0} installs to', 'bundle install') };
  const settings = environment.get('BUNDLE_APP_CONFIG') ?? officialFolder;
  const kept = absolutePath(settings, command.directory);
  for (const tree of [folder, ...(kept === undefined ? [] : [kept])]) trees.add(tree);
  const manifest = environment.get('BUNDLE_GEMFILE') ?? 'Gemfile';
  const lock = textAt(single, copied, absolutePath(`${manifest}.lock`, command.directory));
  return {
    kind: 'install',
    trees: [folder, ...(kept === undefined || within(kept, folder) ? [] : [kept])],
    names: lock === undefined ? [] : gemsIn(lock, single, copied, command.directory ?? '/'),
    ...(lock === undefined && { unread: t('it is not known which gems {0} installs', 'bundle install') }),
    project: false,
  };
}

function settle(settled: Settled, path: string | undefined): void {
  if (path === undefined) settled.hidden = true;
  else settled.path = path;
}

/** `bundle config [set] [--local|--global] NAME VALUE`: the official image keeps local settings beside the gems. */
function configDeed(command: RunCommand, words: readonly string[], settled: Settled): InterpretedDeed {
  const plain = command.words.filter(({ value, text }) => !(value ?? text).startsWith('-')).slice(1);
  const named = plain[0]?.value === 'set' ? plain.slice(1) : plain;
  const [name, value] = named;
  if (name?.value === 'path') settle(settled, value?.value);
  if (name?.value === 'deployment') settled.deployment = value?.value !== 'false';
  return words.includes('--global') ? { kind: 'setting' } : { kind: 'prepare' };
}

function gemDeed(command: RunCommand, trees: Set<string>): InterpretedDeed | undefined {
  const words = command.words.map(({ value, text }) => value ?? text);
  const [verb] = words;
  if (verb === 'install' || verb === 'i') {
    const elsewhere = words.find((word) => /^(?:-i|-n|--install-dir|--bindir|--user-install)(?:=|$)/.test(word));
    if (elsewhere !== undefined)
      return { kind: 'refused', reason: t('gem installs to another place ({0})', elsewhere) };
    const folder = absolutePath(command.environment.get('GEM_HOME') ?? officialFolder, '/') ?? officialFolder;
    trees.add(folder);
    return {
      kind: 'install',
      trees: [folder],
      names: words.slice(1).filter((word) => /^[a-z][\w.-]*$/i.test(word)),
      project: false,
    };
  }
  return /^(?:list|env|sources|cleanup|--version|-v|which)$/.test(verb ?? '') ? { kind: 'prepare' } : undefined;
}

function textAt(single: SingleStage, copied: readonly CopiedPath[], path: string | undefined): string | undefined {
  const source = path === undefined ? undefined : contextPathOf(path, copied);
  const text = source === undefined ? undefined : single.context.readContextFile(source);
  return text === 'pending' ? undefined : text;
}

/** Marks a gem whose description is read with git whenever the application starts. */
export const readsGit = 'git';

/**
 * Names in a Gemfile.lock, without those that come compiled for a platform: they bring their libraries. A gem in a folder of the project
 * is described by a program that may call git.
 */
function gemsIn(
  lock: string,
  single: SingleStage,
  copied: readonly CopiedPath[],
  directory: string,
): readonly string[] {
  const names = new Set<string>();
  const compiled = new Set<string>();
  for (const [, name = '', version = ''] of lock.matchAll(/^ {4}([\w.-]+) \(([^)]*)\)\r?$/gm))
    if (/-(?:x86_64|aarch64|arm64|arm)-linux/.test(version)) compiled.add(name);
    else names.add(name);
  for (const [, remote = ''] of lock.matchAll(/^PATH\r?\n {2}remote: (\S+)/gm)) {
    const folder = absolutePath(remote, directory);
    const source = folder === undefined ? undefined : contextPathOf(`${folder}/x`, copied)?.slice(0, -2);
    const described = single.snapshot
      .children((source ?? '').replace(/^\/|\/$/g, ''))
      .filter(({ name }) => name.endsWith('.gemspec'))
      .map(({ path }) => single.context.readContextFile(path));
    if (
      source === undefined ||
      described.some((text) => text === undefined || text === 'pending' || /\bgit\b/.test(text))
    )
      names.add(readsGit);
  }
  return [...names].filter((name) => !compiled.has(name));
}

/** Gems that load libraries of the distribution, and the development package that stands for them. */
export const gemLibraries: Readonly<Record<string, string>> = {
  pg: 'libpq-dev',
  mysql2: 'default-libmysqlclient-dev',
  sqlite3: 'libsqlite3-dev',
  curb: 'libcurl4-openssl-dev',
  ethon: 'libcurl4-openssl-dev',
  charlock_holmes: 'libicu-dev',
  'ruby-filemagic': 'libmagic-dev',
};

/** Gems that run programs of the full image, or load many libraries of it. */
export const fullImageGems: ReadonlySet<string> = new Set(
  'mini_magick rmagick dragonfly paperclip kt-paperclip image_optim git grit licensee ruby-vips gobject-introspection glib2 cairo pango gtk3'.split(
    ' ',
  ),
);

/** Programs that the full Debian image has and the slim one has not. */
export const fullImagePrograms: ReadonlySet<string> = new Set(
  'curl wget git hg svn ssh scp make gcc g++ cc c++ convert identify magick mogrify unzip file pg_config mysql_config xz patch'.split(
    ' ',
  ),
);
