/** What commands of Composer and of the official PHP image do to an image, as far as splitting it goes. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { InterpretedDeed } from './interpreted-reading';
import { absolutePath, type CopiedPath, contextPathOf } from './split-stage';
import type { SingleStage } from './split-types';

/** Where the official image keeps extensions and what loads them (docker-library/php, `docker-php-ext-install`). */
const extensionFolders = ['/usr/local/lib/php/extensions', '/usr/local/etc/php/conf.d'];

/** The deed of a command; undefined: no tool of PHP, and no setting of its servers. */
export function phpDeeds(
  single: SingleStage,
  copied: readonly CopiedPath[],
): (command: RunCommand) => InterpretedDeed | undefined {
  return (command) => {
    const { name = '' } = command;
    const words = command.words.map(({ value, text }) => value ?? text);
    if (/^composer(?:\.phar)?$/.test(name)) return composerDeed(command, words, single, copied);
    if (/^(?:docker-php-ext-install|pecl|docker-php-ext-enable)$/.test(name)) return extensionDeed(name, words);
    if (/^docker-php-(?:ext-configure|source)$/.test(name)) return { kind: 'prepare' };
    if (/^(?:install-php-extensions|pickle|phpize|pear)$/.test(name))
      return { kind: 'refused', reason: t('{0} installs in ways that this does not follow', name) };
    if (/^a2(?:en|dis)(?:mod|site|conf)$/.test(name)) return { kind: 'setting' };
    if (name === 'php') return phpDeed(command, words, single, copied);
    if (name === 'curl' || name === 'wget')
      return words.some((word) => /getcomposer\.org\/(?:installer|composer|download)/.test(word))
        ? { kind: 'prepare' }
        : undefined;
    if (/^(?:npm|npx|yarn|pnpm|node)$/.test(name)) return { kind: 'project' };
    return isSetting(command) ? { kind: 'setting' } : undefined;
  };
}

function extensionDeed(name: string, words: readonly string[]): InterpretedDeed {
  const names = words.filter((word) => !word.startsWith('-')).slice(name === 'pecl' ? 1 : 0);
  if (name === 'pecl' && words.find((word) => !word.startsWith('-')) !== 'install') return { kind: 'prepare' };
  return { kind: 'install', trees: extensionFolders, names, project: false };
}

function phpDeed(
  command: RunCommand,
  words: readonly string[],
  single: SingleStage,
  copied: readonly CopiedPath[],
): InterpretedDeed {
  const [first = ''] = words;
  if (/(?:^|\/)composer(?:\.phar)?$/.test(first))
    return composerDeed({ ...command, words: command.words.slice(1) }, words.slice(1), single, copied);
  const asksOnly = /^(?:-v|--version|-m|-i|--ini|--ri|-l)$/.test(first);
  const setsUp = words.some((word) => /composer-setup|getcomposer\.org/.test(word));
  // The installer is read from a pipe, and `--install-dir` is its option.
  const piped =
    command.pipe?.from !== undefined && words.some((word) => /^--(?:install-dir|filename|version)/.test(word));
  return asksOnly || setsUp || piped ? { kind: 'prepare' } : { kind: 'project' };
}

function composerDeed(
  command: RunCommand,
  words: readonly string[],
  single: SingleStage,
  copied: readonly CopiedPath[],
): InterpretedDeed {
  const option = words.findIndex((word) => /^(?:-d|--working-dir)$/.test(word));
  const joined = words.find((word) => word.startsWith('--working-dir='))?.slice(14);
  const written = joined ?? (option < 0 ? '.' : command.words[option + 1]?.value);
  const plain = words.filter((word, index) => !word.startsWith('-') && (option < 0 || index !== option + 1));
  const [verb = ''] = plain;
  switch (verb) {
    case 'install':
    case 'i':
    case 'dump-autoload':
    case 'dumpautoload': {
      const folder = absolutePath(written, command.directory);
      if (folder === undefined)
        return { kind: 'refused', reason: t('it is not known where {0} installs to', `composer ${verb}`) };
      const vendor = `${folder === '/' ? '' : folder}/vendor`;
      return { kind: 'install', trees: [vendor], names: [], project: changesProject(folder, words, single, copied) };
    }
    case 'global':
      return { kind: 'refused', reason: t('{0} installs in ways that this does not follow', 'composer global') };
    case 'config':
      return words.some((word) => /^(?:-g|--global)$/.test(word)) ? { kind: 'prepare' } : { kind: 'project' };
    case '':
    case 'about':
    case 'audit':
    case 'check-platform-reqs':
    case 'clear-cache':
    case 'clearcache':
    case 'diagnose':
    case 'self-update':
    case 'show':
    case 'validate':
      return { kind: 'prepare' };
    default:
      return { kind: 'project' };
  }
}

/** Composer's own events at which scripts of the project run while it installs (composer/composer, `ScriptEvents.php`). */
const events =
  /"(?:pre|post)-(?:install-cmd|autoload-dump|package-(?:install|update|uninstall)|operations-exec|dependencies-solving|pool-create|file-download)"\s*:/;

/** Scripts or plugins may write anywhere in the project; else all lies in `vendor`. */
function changesProject(
  folder: string,
  words: readonly string[],
  single: SingleStage,
  copied: readonly CopiedPath[],
): boolean {
  const source = contextPathOf(`${folder === '/' ? '' : folder}/composer.json`, copied);
  const text = source === undefined ? undefined : single.context.readContextFile(source);
  if (source === undefined || text === undefined || text === 'pending') return true;
  const place = source.split('/').slice(0, -1).join('/');
  if (single.snapshot.entry(place === '' ? 'vendor' : `${place}/vendor`) !== undefined) return true;
  const scripts = !words.includes('--no-scripts') && events.test(text);
  const plugins = !words.includes('--no-plugins') && /"allow-plugins"\s*:\s*(?:true|\{[^}]*:\s*true)/.test(text);
  return scripts || plugins || /"(?:vendor-dir|bin-dir|installer-paths)"\s*:/.test(text);
}

/** Folders of settings, as commands write them: the image names that of PHP in a variable. */
const settingFolder =
  /^["']?(?:\$\{?PHP_INI_DIR\}?["']?\/|\/usr\/local\/etc\/|\/etc\/(?:apache2|nginx|php|supervisor|cron)|\/usr\/local\/apache2\/conf\/)/;

/** Changes nothing but settings of PHP and its servers. */
function isSetting({ name = '', words, redirections }: RunCommand): boolean {
  const written = redirections.flatMap(({ operator, target }) =>
    operator.startsWith('>') && target !== undefined && target.value !== '/dev/null' && !/^(?:\d|-)$/.test(target.text)
      ? [target.text]
      : [],
  );
  if (/^(?:echo|printf|cat)$/.test(name))
    return written.length > 0 && written.every((text) => settingFolder.test(text));
  if (!/^(?:sed|mv|cp|ln|tee|rm|chmod|chown)$/.test(name)) return false;
  const paths = words.map(({ text }) => text).filter((text) => !text.startsWith('-') && /^["']?(?:\/|\$)/.test(text));
  return paths.length > 0 && [...paths, ...written].every((text) => settingFolder.test(text));
}
