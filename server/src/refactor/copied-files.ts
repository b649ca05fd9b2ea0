/**
 * What copies of the build context put into the image, as a command could come across it: by its path, by a name in the folder where it runs,
 * by a variable that tells a program where to look.
 */
import { cleanPath } from '../build/paths';
import type { EnvironmentEntry } from '../build/types';
import type { ContextSnapshot } from '../context/types';
import type { ShellCommand, ShellWord } from '../shell/commands';
import { isBaseFolder } from '../size/base-folders';
import { type ContextCopy, providedAt, sourceAt } from './copy-placement';
import { within } from './split-types';

export interface CopiedFiles {
  /** Where they lie, absolute and clean, with folders above that the copies make for an owner of their own. */
  readonly folders: readonly string[];
  /** True when one of the copies puts something at the path. */
  readonly has: (path: string) => boolean;
  /** Names that the copies put into a folder. */
  readonly names: (folder: string) => readonly string[];
}

export const noFiles: CopiedFiles = { folders: [], has: () => false, names: () => [] };

export function copiedFiles(copies: readonly ContextCopy[], snapshot: ContextSnapshot): CopiedFiles {
  return {
    folders: [
      ...new Set(
        copies.flatMap((copy) => copy.placements.flatMap(({ target }) => [target, ...foldersMadeFor(copy, target)])),
      ),
    ],
    has: (path) => providedAt(copies, snapshot, path) !== undefined,
    names: (folder) =>
      copies.flatMap((copy) => {
        const source = sourceAt(copy, folder);
        const inside = source === undefined ? [] : snapshot.children(source).map(({ name }) => name);
        const beside = copy.placements.flatMap(({ target, directory }) =>
          !directory && target.slice(0, target.lastIndexOf('/')) === folder ? [target.slice(folder.length + 1)] : [],
        );
        return [...inside, ...beside];
      }),
  };
}

/** COPY gives its owner and mode to the folders that it makes on the way, so whoever is first decides about them. */
function foldersMadeFor({ operation, step }: ContextCopy, target: string): readonly string[] {
  if (operation.owner === undefined && operation.mode === undefined) return [];
  const parts = target.split('/').slice(1, -1);
  return parts
    .map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
    .filter((folder) => !isBaseFolder(folder) && !within(cleanPath(step.state.workdir), folder));
}

/** True when a piece of the text is a path of something that is copied, from a folder or absolute. */
export function namesCopied(text: string, folder: string | undefined, copied: CopiedFiles): boolean {
  return piecesOf(text).some((piece) => {
    if (piece.startsWith('/')) return copied.folders.some((each) => within(cleanPath(piece), each));
    return folder !== undefined && copied.has(cleanPath(`${folder}/${piece}`));
  });
}

/** Parts of a word that may be paths: values of options, members of lists. */
export function piecesOf(text: string): readonly string[] {
  const pieces = [text, ...text.split(/[\s:;,=@'"()|&<>]+/)];
  // `-oFILE`, `-sofile`: the value of an option may be glued to it.
  const glued = pieces.flatMap((piece) =>
    /^-[a-zA-Z]/.test(piece) ? Array.from({ length: piece.length - 1 }, (_, index) => piece.slice(index + 1)) : [],
  );
  return [...pieces, ...glued].filter((piece) => !/^(?:|\.{1,2}|-.*)$/.test(piece));
}

/** A pattern that the shell replaces by names that are copied, or may be. */
export function matchesCopied({ text, value }: ShellWord, folder: string | undefined, copied: CopiedFiles): boolean {
  if (value !== undefined || !/[*?[]/.test(text) || copied.folders.length === 0) return false;
  const above = text.replace(/["']/g, '').replace(/[^/]*[*?[].*$/s, '');
  if (/[$`~\\]/.test(above) || (folder === undefined && !above.startsWith('/'))) return true;
  const start = cleanPath(above.startsWith('/') ? above : `${folder ?? ''}/${above}`);
  return copied.folders.some((each) => within(each, start) || within(start, each));
}

/** Variables that tell programs where to find their settings and files. */
export const pointing =
  /^(?:PATH|HOME|ENV|BASH_ENV|CPATH|.*_(?:PATH|FILE|FILES|CONFIG|HOME|DIR|CONSTRAINT|REQUIREMENT|OPTS|OPTIONS|FLAGS)|(?:PIP|NPM_CONFIG|UV|POETRY|YARN|PNPM|GO|CARGO|COMPOSER|BUNDLE|GEM|RUBY|PYTHON|NODE|CURL|WGET|APT|SSL|GIT|LD|XDG|NUGET|MAVEN|GRADLE|COREPACK|REQUESTS)[A-Z_]*)$/i;

/**
 * True when a variable leads programs to what is copied: an absolute path in its value, or for variables of settings one from the folder.
 * NODE_ENV, whose value is a word, points nowhere.
 */
export function pointsToCopied(
  variables: readonly EnvironmentEntry[],
  folder: string,
  { folders, has }: CopiedFiles,
): boolean {
  return variables.some(({ name, value }) =>
    value.split(/[:;,\s=]/).some((path) => {
      if (path === '' || /\/node_modules\/\.bin$/.test(path)) return false;
      if (path.startsWith('/')) return folders.some((each) => path === each || path.startsWith(`${each}/`));
      return pointing.test(name) && name !== 'NODE_ENV' && has(cleanPath(`${folder}/${path}`));
    }),
  );
}

/** Settings in a home folder. */
const homeFiles =
  '.npmrc .yarnrc .curlrc .wgetrc .netrc .gemrc .gitconfig .config .pip .pydistutils.cfg .local .ssh .gnupg .bashrc .profile .cargo .bundle'.split(
    ' ',
  );

/** Where a user has a home of whatever name, settings that are copied may come to lie in it. */
export function holdsSettings({ folders, has }: CopiedFiles): boolean {
  return folders.some((folder) => homeFiles.some((name) => has(`${folder}/${name}`)));
}

/** Modules of Python's own library that pip loads; `python -m` looks for them in the current folder first. */
const ofPython = new Set(
  (
    'pip abc argparse ast base64 bisect calendar cgi codecs collections configparser contextlib copy csv ctypes dataclasses datetime decimal ' +
    'difflib email enum errno functools gc getpass glob gzip hashlib hmac html http importlib inspect io ipaddress itertools json locale logging ' +
    'math mimetypes netrc numbers operator optparse os pathlib pickle pkgutil platform posixpath pprint queue random re secrets select shlex ' +
    'shutil signal site socket sqlite3 ssl stat statistics string struct subprocess sys sysconfig tarfile tempfile textwrap threading time token ' +
    'tokenize traceback types typing unicodedata urllib uuid warnings weakref xml xmlrpc zipfile zipimport zlib'
  ).split(' '),
);

/** `python -m pip` in a folder where something that is copied has the name of a module that it loads. */
export function shadowsPython(command: ShellCommand, folder: string | undefined, { names }: CopiedFiles): boolean {
  if (!/^(?:.*\/)?python[\d.]*$/.test(command.name?.value ?? '') || command.arguments[0]?.value !== '-m') return false;
  return folder === undefined || names(folder).some((name) => ofPython.has(name.replace(/\.py$/, '')));
}

/** Accounts are others after it, and so what the name of an owner stands for. */
export function changesAccounts(commands: readonly ShellCommand[]): boolean {
  return commands.some(
    ({ name, arguments: words, redirections }) =>
      /^(?:usermod|groupmod|userdel|groupdel|deluser|delgroup)$/.test(name?.value ?? '') ||
      [...words, ...redirections.flatMap(({ target }) => (target === undefined ? [] : [target]))].some(({ text }) =>
        /\/etc\/(?:passwd|group)\b/.test(text),
      ),
  );
}

/** Programs that say nothing of a path for later. */
const plain = /^(?:mkdir|chown|chmod|cd|rm|rmdir|test|\[|ls|touch|useradd|adduser|addgroup|groupadd)$/;

/** A command leaves word of what is copied, such as a link or a line of settings, which others follow. */
export function leavesWord(commands: readonly ShellCommand[], { folders }: CopiedFiles): boolean {
  return commands.some(
    ({ name, arguments: words }) =>
      !plain.test(name?.value ?? '') && words.some(({ text }) => folders.some((folder) => speaksOf(text, folder))),
  );
}

/** True when a text has the path in it, as a whole or with more behind a slash. */
export function speaksOf(text: string, folder: string): boolean {
  const at = text.indexOf(folder);
  return at >= 0 && (!/[\w.-]/.test(text.charAt(at + folder.length)) || speaksOf(text.slice(at + 1), folder));
}
